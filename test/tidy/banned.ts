import { findAll, type Finding, type SourceFile } from './source-file.ts'

interface Ban {
  what: RegExp
  instead: string
  /** Where it is banned; everywhere in TypeScript when absent. */
  where?: (path: string) => boolean
  /** Look at the whole text, with comments and strings, of every kind of file. */
  anyText?: boolean
}

const isTest = (path: string): boolean => path.endsWith('.test.ts')
const isPure = (path: string): boolean => /^packages\/(?:recording|media|call-records)\/src\//.test(path) && !isTest(path)

/** Where the wall clock may be read, and why. Whatever else needs the time takes it as an argument. */
const WALL_CLOCK_ALLOWED: ReadonlyMap<string, string> = new Map([
  ['packages/service/src/clock.ts', 'the clock everything else is given'],
  ['packages/catalog/src/open.ts', 'default of an injected clock'],
  ['packages/object-store/src/s3.ts', 'default of an injected clock, compared with the store’s'],
  ['packages/object-store/src/directory/sweep.ts', 'default of an injected clock, compared with the file system’s own times'],
  ['packages/event-log/src/sqlite.ts', 'default of an injected clock: the append times of the embedded log'],
])

const BANS: readonly Ban[] = [
  {
    what: /\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b/g,
    where: isPure,
    instead: 'no timer in a pure package: time is call time from the log; return an effect',
  },
  { what: /\bMath\.random\b/g, where: isPure, instead: 'no random in a pure package: derive it from the log or take it as an argument' },
  { what: /\bnew Date\(\s*\)|\bDate\.now\b|\bperformance\.now\b/g, where: isPure, instead: 'no clock in a pure package: take milliseconds as an argument' },
  {
    what: /\btoLocale\w+|\bIntl\.|\.get(?:Hours|Date|Day|Month|FullYear|Minutes|TimezoneOffset)\(/g,
    where: isPure,
    instead: 'depends on the machine’s place: use UTC (toISOString, getUTC…)',
  },
  {
    what: /\bnew Date\(\s*\)|\bDate\.now\b/g,
    where: (path) => !isPure(path) && !WALL_CLOCK_ALLOWED.has(path),
    instead: 'take a clock as an argument (packages/service/src/clock.ts is the one that reads the machine’s)',
  },
  {
    what: /\b(?:sleep|delay)\(|\bnew Promise\b[^\n]*\bsetTimeout\b/g,
    where: isTest,
    instead: 'a test does not sleep: expect.poll or vi.waitFor a condition, or step a clock',
  },
  { what: /(?:[:<,|&]|\bas)\s*any\b(?!\s*[:(])/g, instead: 'no any: use unknown and check, or name the type' },
  { what: /[\w)\]]!(?=[.[)\],;:}]|\s*$)/gm, instead: 'no non-null !: check for undefined and say what is wrong' },
  { what: /^[ \t]*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w+/gm, instead: 'no enum (types are stripped, not compiled): use a union of literals' },
  {
    what: /^[ \t]*export\s+default\b|\bas\s+default\b/gm,
    where: (path) => !path.endsWith('.config.ts'),
    instead: 'no default export: name it, and import it by that name',
  },
  {
    what: /\bconsole\.\w+/g,
    where: (path) => !/^services\/twinreel\/|^test\/bench\/|^test\/(?:nightly|sim|scenarios\/\w+)\/main\.ts$/.test(path),
    instead: 'return it, or log through @twinreel/service; only the command line prints',
  },
  {
    what: /@ts-(?:ignore|nocheck|expect-error)/g,
    anyText: true,
    where: (path) => path.endsWith('.ts') && !path.startsWith('test/tidy/'),
    instead: 'mend the type instead of silencing it',
  },
  {
    what: /\b(?:TO[D]O|FIX[M]E|X[X]X)\b/g,
    anyText: true,
    where: (path) => path !== 'LICENSE' && path !== 'pnpm-lock.yaml',
    instead: 'finish it or take it out; a plan belongs into docs/',
  },
]

export function bannedThings(files: readonly SourceFile[]): Finding[] {
  return files.flatMap((file) =>
    BANS.filter((ban) => (ban.anyText === true || file.path.endsWith('.ts')) && (ban.where?.(file.path) ?? true)).flatMap((ban) =>
      findAll(file.path, ban.anyText === true ? file.text : file.code, ban.what, (match) => `${match}: ${ban.instead}`),
    ),
  )
}

/** An allowance for something that is gone would hide the next one. */
export function staleAllowances(files: readonly SourceFile[]): Finding[] {
  return [...WALL_CLOCK_ALLOWED.keys()]
    .filter((path) => !files.some((file) => file.path === path && /\bnew Date\(\s*\)|\bDate\.now\b/.test(file.code)))
    .map((path) => ({ path, line: 1, message: 'reads no wall clock: take it off WALL_CLOCK_ALLOWED in test/tidy/banned.ts' }))
}
