import type { Struck } from './strikes.ts'

export interface Figures {
  minutes: number
  struck: readonly Struck[]
  /** The fewest calls under way at any strike. */
  fewestCalls: number
  calls: number
  recordings: number
  samples: number
  namedLossMs: number
  toldByLog: number
  lost: number
  duplicated: number
  swapped: number
  /** Rows and objects of who did not have the partition any more. */
  staleWrites: number
  /** Puts that were on their way when their recorder froze, and of these those that the store took. */
  latePuts: readonly [came: number, taken: number]
  cpuSeconds: number
  /** The largest recorder of each stretch of the run. */
  peakBytes: readonly number[]
  faults: readonly string[]
}

const MEBIBYTE = 1024 * 1024

/** From a strike to the catch-up of everything it stopped, sorted; milliseconds. */
export function resumesOf(struck: readonly Struck[], signal: Struck['signal']): number[] {
  return struck
    .filter((one) => one.signal === signal)
    .map(({ atMs, resumedMs }) => resumedMs - atMs)
    .toSorted((a, b) => a - b)
}

/** The nearest rank. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN
}

/** A table for people. */
export function figuresTable(figures: Figures): string {
  const { minutes, struck, cpuSeconds, peakBytes, latePuts } = figures
  const [kills, freezes] = [resumesOf(struck, 'SIGKILL'), resumesOf(struck, 'SIGSTOP')]
  const times = (sorted: readonly number[]): string => `${percentile(sorted, 50)} / ${percentile(sorted, 99)} / ${sorted.at(-1)} ms`
  const rows: [string, string][] = [
    ['kills (SIGKILL)', String(kills.length)],
    ['resume p50 / p99 / max', times(kills)],
    ['freezes (SIGSTOP)', String(freezes.length)],
    ['taken over p50 / p99 / max', times(freezes)],
    ['live calls at a strike, fewest', String(figures.fewestCalls)],
    ['calls', String(figures.calls)],
    ['recordings', String(figures.recordings)],
    ['samples compared', figures.samples.toLocaleString('en')],
    ['never sent: a gate opened late', `${Math.round(figures.namedLossMs / 1_000)} s`],
    ['calls told by the log', String(figures.toldByLog)],
    ['lost', String(figures.lost)],
    ['duplicated', String(figures.duplicated)],
    ['swapped', String(figures.swapped)],
    ['stale writes', String(figures.staleWrites)],
    ['puts under way at a freeze that came later', `${latePuts[0]}, ${latePuts[1]} of them taken`],
    ['recorders’ CPU', `${Math.round(cpuSeconds)} s (${Math.round((cpuSeconds / minutes / 60) * 100)} % of a core)`],
    ['largest recorder, by stretch of the run', `${peakBytes.map((bytes) => Math.round(bytes / MEBIBYTE)).join(', ')} MiB`],
    ['minutes', minutes.toFixed(1)],
    ['faults', String(figures.faults.length)],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}
