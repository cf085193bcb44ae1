/** One of what takes too long for every change, in the size of a night. */
export interface Step {
  name: string
  command: readonly string[]
  /** `NAME=value` */
  variables: readonly string[]
}

/** The path stands before the flag: vitest takes a word after a flag for the flag's value, and would run every test there is. */
const vitest = (path: string): readonly string[] => ['npx', '-y', 'pnpm@12', 'exec', 'vitest', 'run', path, '--disable-console-intercept']
const script = (...args: readonly string[]): readonly string[] => ['npx', '-y', 'pnpm@12', 'run', ...args]

/** The shortest first: what fails is known early. */
export const NIGHTLY: readonly Step[] = [
  { name: 'planted', command: script('sim', '--planted'), variables: [] },
  { name: 'outages', command: vitest('test/e2e/outages.test.ts'), variables: ['OUTAGES=full'] },
  { name: 'purge', command: vitest('test/purge'), variables: ['PURGE=full'] },
  { name: 'histories', command: vitest('test/histories/histories.test.ts'), variables: ['HISTORIES=100000'] },
  { name: 'soak', command: script('test:soak'), variables: [] },
  { name: 'mutation', command: script('mutation'), variables: [] },
  { name: 'sim', command: script('sim', '--for', '2h'), variables: [] },
]

/** All steps, or those that `only` names, comma-separated. Throws an Error for a name that none has. */
export function chosen(steps: readonly Step[], only: string | undefined): readonly Step[] {
  if (only === undefined) return steps
  const names = only.split(',')
  const unknown = names.find((name) => !steps.some((step) => step.name === name))
  if (unknown !== undefined) throw new Error(`--only names ${JSON.stringify(unknown)}; there are: ${steps.map(({ name }) => name).join(', ')}`)
  return steps.filter(({ name }) => names.includes(name))
}

export interface Done {
  name: string
  code: number
  tookMs: number
}

/** A line for each, and how many held. */
export function summaryOf(done: readonly Done[]): string {
  const lines = done.map(
    ({ name, code, tookMs }) => `${name.padEnd(10)} ${(code === 0 ? 'ok' : `failed (${code})`).padEnd(12)} ${durationOf(tookMs).padStart(9)}`,
  )
  const failed = done.filter(({ code }) => code !== 0).map(({ name }) => name)
  return [...lines, `${done.length - failed.length} of ${done.length} hold${failed.length === 0 ? '' : `; not: ${failed.join(', ')}`}`].join('\n')
}

export function durationOf(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
}
