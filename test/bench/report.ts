/** What one way of moving the calls' bytes needed: CPU per dual-stream call-minute, the median of the rounds, and each round's wall time. */
export interface Cost {
  what: string
  cpuMsPerCallMinute: number
  wallMs: readonly number[]
}

export interface Goal {
  what: string
  value: number
  unit: string
  reach: { atMost: number } | { atLeast: number }
}

export interface Report {
  title: string
  costs: readonly Cost[]
  /** What explains the figures, a line each. */
  notes: readonly string[]
  goals: readonly Goal[]
}

export function isReached({ value, reach }: Goal): boolean {
  return 'atMost' in reach ? value <= reach.atMost : value >= reach.atLeast
}

/** As one JSON document. */
export function toJson(report: Report): string {
  return JSON.stringify({ ...report, goals: report.goals.map((goal) => ({ ...goal, isReached: isReached(goal) })) }, null, 2)
}

/** As people read it. */
export function toText({ title, costs, notes, goals }: Report): string {
  const width = Math.max(0, ...costs.map(({ what }) => what.length))
  const lines = costs.map(({ what, cpuMsPerCallMinute, wallMs }) => {
    const wall = wallMs.length === 0 ? '' : `   wall ${wallMs.map((ms) => `${(ms / 1_000).toFixed(2)} s`).join(', ')}`
    return `${what.padEnd(width)} ${cpuMsPerCallMinute.toFixed(2).padStart(8)} ms CPU per call-minute${wall}`
  })
  const verdicts = goals.map((goal) => {
    const { what, value, unit, reach } = goal
    const wanted = 'atMost' in reach ? `at most ${reach.atMost}` : `at least ${reach.atLeast}`
    return `${isReached(goal) ? 'reached    ' : 'NOT REACHED'}  ${what}: ${value.toFixed(2)} ${unit} (reach ${wanted})`
  })
  return [title, '', ...lines, '', ...notes, ...(notes.length === 0 ? [] : ['']), ...verdicts].join('\n')
}
