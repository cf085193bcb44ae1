import { changesOf, draws, HEADERS, rowsOf, type Draws, type MadeCall } from './day.ts'
import { FAULTS, plainCall, type Expected } from './faults.ts'
import { usualCall } from './usual.ts'
import type { RecorderChange } from '@twinreel/catalog/recorder-changes'

export interface MadeDay {
  /** At least as many as were asked for. */
  rows: readonly Record<string, string>[]
  changes: readonly (readonly RecorderChange[])[]
  expected: readonly Expected[]
  calls: readonly MadeCall[]
}

/** A day of `records` call detail records with `faults` faults in it, each kind as often as the others. */
export function makeDay({ seed, records, faults }: { seed: number; records: number; faults: number }): MadeDay {
  const random = draws(seed)
  const kinds = Object.keys(FAULTS)
  const calls: MadeCall[] = []
  const expected: Expected[] = []
  let rows = 0
  // Not the first nor the last of the file: the edges of its time are not judged.
  const every = Math.floor((records * 0.72) / (faults + 2))
  while (rows < records || expected.length < faults) {
    const call = usualCall(calls.length, random)
    if (calls.length > 0 && calls.length % every === every - 1 && expected.length < faults) {
      const own = plainCall(call, random)
      const fault = kinds[expected.length % kinds.length] ?? ''
      const { userId = own.userId, ...what } = FAULTS[fault]?.(call, own, random) ?? { status: 'recorded', events: [] }
      expected.push({ fault, callId: call.callId, userId, ...what })
    }
    rows += rowsOf(call).length
    calls.push(call)
  }
  nameApart(calls)
  return { rows: shuffled(calls.flatMap(rowsOf), random), changes: calls.map(changesOf), expected, calls }
}

/** Found by user and time alone is only a call that cannot be mistaken for another of the user's. */
function nameApart(calls: readonly MadeCall[]): void {
  const moments = calls.flatMap((call) =>
    call.parts.flatMap(({ userId, recordings, record }) =>
      [0, record?.answerMs ?? 0, ...recordings.map(({ startMs }) => startMs)].map((ms) => ({ call, userId, atMs: call.timeZeroMs + ms })),
    ),
  )
  for (const own of Map.groupBy(moments, ({ userId }) => userId).values()) {
    own.sort((a, b) => a.atMs - b.atMs)
    own.forEach((one, index) => {
      const before = own[index - 1]
      if (before === undefined || before.call === one.call || one.atMs - before.atMs > 8_000) return
      for (const { call } of [before, one]) if (call.names === 'time') call.names = 'call-id'
    })
  }
}

function shuffled<T>(items: readonly T[], random: Draws): T[] {
  const mixed = [...items]
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = random.whole(Math.max(0, at - 40), at)
    const [a, b] = [mixed[at], mixed[other]]
    if (a !== undefined && b !== undefined) [mixed[at], mixed[other]] = [b, a]
  }
  return mixed
}

/** As a platform writes it: with a mark of its encoding, quoted where need be, one row twice. */
export function csvText(rows: readonly Record<string, string>[]): string {
  const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const line = (cells: readonly string[]): string => `${cells.map(quoted).join(',')}\r\n`
  const told = [...rows, ...rows.slice(0, 1)]
  return `\uFEFF${line(HEADERS)}${told.map((row) => line(HEADERS.map((name) => row[name] ?? ''))).join('')}`
}
