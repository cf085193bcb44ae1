import type { Dimensions, Row } from './pairwise.ts'

/** What can differ from call to call; the first value of each is the plainest. */
export const DIMENSIONS = {
  mode: ['always', 'never', 'always-pause-resume', 'on-demand-user-start', 'on-demand'],
  control: ['none', 'pause-resume', 'start-stop', 'start-pause', 'late-pause', 'unstamped'],
  announcement: ['none', 'both'],
  notification: ['none', 'beep', 'announcement'],
  tone: ['off', '10 s'],
  call: ['inbound', 'outbound', 'internal'],
  voicemail: ['no', 'recorded', 'not-recorded'],
  transfer: ['no', 'by-the-owner', 'by-the-other'],
  hold: ['no', 'spoken', 'silent'],
  conference: ['no', 'outsider', 'owner'],
  fault: ['none', 'duplicate', 'reorder', 'loss', 'delay', 'audio-lost', 'restart', 'announcement-fails', 'gate-late', 'vanishes'],
} as const satisfies Dimensions

/** Nobody transfers, holds or adds to a call that a mailbox answered. */
export function isAllowed(row: Row): boolean {
  return row['voicemail'] === 'no' || (row['transfer'] === 'no' && row['hold'] === 'no' && row['conference'] === 'no')
}

/** The file of a row without what is expected of it. */
export function storyText(row: Row, number: number, seed: number): string {
  const { mode, announcement, notification, tone, voicemail } = row as Record<keyof typeof DIMENSIONS, string>
  const other = voicemail !== 'no' && row['call'] !== 'inbound' ? 'dan' : row['call'] === 'internal' ? 'erin' : 'bob'
  const [from, to] = row['call'] === 'outbound' || (voicemail !== 'no' && row['call'] === 'internal') ? ['alice', other] : [other, 'alice']
  const users = [
    `  alice: { mode: ${mode}, announcement: ${announcement}, notification: ${notification}, tone: ${tone}, voicemail: ${voicemail === 'recorded' ? 'on' : 'off'} }`,
    ...(other === 'bob' ? [] : [`  ${other}: { mode: never }`]),
    ...(row['conference'] === 'owner' ? ['  carol: { mode: always, announcement: none, tone: off, tier: standard }'] : []),
    ...(row['transfer'] === 'by-the-owner' ? ['  frank: { mode: always, announcement: none, tone: off, tier: ai }'] : []),
  ]
  const parties = [
    ...(other === 'bob' ? ['bob'] : []),
    ...(row['conference'] === 'outsider' ? ['dave'] : []),
    ...(row['transfer'] === 'by-the-other' ? ['gina'] : []),
  ]
  const faults = FAULTS[row['fault'] ?? '']
  return [
    `scenario: Generated call ${number}, ${titleOf(row)}`,
    `generated: { by: npx -y pnpm@12 scenarios:generate, seed: ${seed} }`,
    'tags: [generated]',
    ...(row['fault'] === 'vanishes' ? ['org: { idle-end: 30 s }'] : []),
    ...(faults === undefined ? [] : [`faults: { ${faults} }`]),
    'users:',
    ...users,
    ...(parties.length === 0 ? [] : [`parties: { ${parties.join(', ')} }`]),
    `call: { from: ${from}, to: ${to} }`,
    'timeline:',
    ...linesOf(row, other).map(([time, text]) => `  - ${time} ${text}`),
    '',
  ].join('\n')
}

/** What is not plain about it. */
function titleOf(row: Row): string {
  const special = Object.entries(DIMENSIONS).flatMap(([name, values]) => {
    const value = row[name] ?? ''
    return value === values[0] && name !== 'mode' && name !== 'call' ? [] : [TITLES.has(name) ? `${name} ${value}` : value]
  })
  return special.join(', ')
}

const TITLES: ReadonlySet<string> = new Set(['announcement', 'notification', 'tone', 'voicemail', 'transfer', 'hold', 'conference'])

const FAULTS: Readonly<Record<string, string>> = { duplicate: 'duplicate: 20 %', reorder: 'reorder: 20 %', loss: 'loss: 0.5 %', delay: 'delay: 800 ms' }

type Line = readonly [time: string, text: string]

function linesOf(row: Row, other: string): Line[] {
  const lines: Line[] = [
    ...(row['voicemail'] === 'no' ? [] : [['00:00', 'voicemail answers'] as const]),
    ...(CONTROLS[row['control'] ?? ''] ?? []),
    ...(HAPPENINGS[`hold ${row['hold']}`] ?? []),
    ...(HAPPENINGS[`conference ${row['conference']}`] ?? []),
    ...(HAPPENINGS[`fault ${row['fault']}`] ?? []),
    ...(row['transfer'] === 'by-the-owner' ? [['00:19', `alice transfers ${other} to frank`] as const] : []),
    ...(row['transfer'] === 'by-the-other' ? [['00:19', `${other} transfers alice to gina`] as const] : []),
  ]
  return [...lines.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)), ['00:24', row['fault'] === 'vanishes' ? 'call vanishes' : 'hang up']]
}

const CONTROLS: Readonly<Record<string, readonly Line[]>> = {
  'pause-resume': [
    ['00:05.250', 'alice pauses'],
    ['00:09', 'alice resumes'],
  ],
  'start-stop': [
    ['00:03', 'alice starts'],
    ['00:16', 'alice stops'],
  ],
  'start-pause': [
    ['00:03', 'alice starts'],
    ['00:07.500', 'alice pauses'],
    ['00:10', 'alice resumes'],
  ],
  'late-pause': [
    ['00:02', 'alice starts'],
    ['00:05.250', 'alice pauses, 1.5 s late'],
    ['00:10', 'alice resumes'],
  ],
  unstamped: [
    ['00:02', 'alice starts by app, unstamped'],
    ['00:06.600', 'alice pauses by app, unstamped'],
    ['00:09.400', 'alice resumes by app, unstamped'],
  ],
}

const HAPPENINGS: Readonly<Record<string, readonly Line[]>> = {
  'hold spoken': [
    ['00:11.250', 'alice holds'],
    ['00:13', 'alice retrieves'],
  ],
  'hold silent': [
    ['00:11.250', 'alice holds silently'],
    ['00:13', 'alice retrieves'],
  ],
  'conference outsider': [
    ['00:12', 'dave joins for conference'],
    ['00:17.500', 'dave leaves'],
  ],
  'conference owner': [
    ['00:12', 'carol joins for conference'],
    ['00:17.500', 'carol leaves'],
  ],
  'fault audio-lost': [['00:14.100', 'all audio is lost for 400 ms']],
  'fault restart': [['00:14', 'publisher restarts after 1 s']],
  'fault announcement-fails': [['00:00', 'next announcement fails']],
  'fault gate-late': [['00:00', 'every gate command is answered 1.2 s late']],
}
