/** Where a recorder was that scenarios were played to in real time. */
export interface Recorder {
  /** Options of the command line that name it: `--data ./try`. */
  options: readonly string[]
}

/** The line for a shell that plays a scenario once more as it was played. `recorder: null`: in virtual time. */
export function rerunCommand({ file, seed }: { file: string; seed: number }, recorder: Recorder | null): string {
  const words = ['npx', '-y', 'pnpm@12', '-s', 'twinreel', ...(recorder?.options ?? []), 'scenario', 'run', file, '--seed', String(seed)]
  return [...words, ...(recorder === null ? [] : ['--realtime'])].map(shellWord).join(' ')
}

/** In single quotes, unless it is nothing but what shells leave alone. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
