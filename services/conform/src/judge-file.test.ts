import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeCommand } from '@twinreel/contracts/messages'
import { afterAll, describe, expect, it } from 'vitest'
import { conformityOfFile } from './judge-file.ts'
import { goodCall, type Said } from './testing/good-call.ts'
import { drop } from './testing/spoil.ts'

const directory = mkdtempSync(join(tmpdir(), 'twinreel-judged-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Longer than a live call may be silent. */
const TEN_MINUTES_MS = 600_000
const withoutEnd = drop('call.ended')
const base64 = (value: Uint8Array | null): string => Buffer.from(value ?? []).toString('base64')

/** A captured call as its file has it, with the commands that were sent then. `laterMs`: by how much later all of it was. */
function captured(callId: string, call: Said[], { isOver, laterMs = 0 }: { isOver: boolean; laterMs?: number }): string {
  const head = { line: 'capture', version: 1, callId, isOver, recorded: true }
  return [head, ...call.map(({ message }, offset) => lineOf(offset, message, laterMs))].map((line) => `${JSON.stringify(line)}\n`).join('')
}

function lineOf(offset: number, { topic, key, headers, value, appendedAtMs }: Said['message'], laterMs: number): object {
  const common = { offset, appendedAtMs: (appendedAtMs ?? 0) + laterMs }
  if (topic === 'calls') return { line: 'message', ...common, headers, base64: base64(value) }
  const decoded = key === null || value === null ? null : decodeCommand({ key, headers, value })
  if (decoded?.ok !== true) throw new Error('a good call has good commands')
  const { id, command } = decoded.message
  return { line: 'command', ...common, id, type: command.type, data: command.data }
}

/** Lines of `kcat -J`, with offsets from `fromOffset` on. */
function kcat(call: Said[], { partition, fromOffset }: { partition: number; fromOffset: number }): string {
  return call
    .filter(({ message }) => message.topic === 'calls')
    .map(({ message: { headers, key, value, appendedAtMs } }, index) => {
      const payload = JSON.stringify(Buffer.from(value ?? []).toString('latin1'))
      const told = JSON.stringify({ topic: 'calls', partition, offset: fromOffset + index, ts: appendedAtMs, headers: Object.entries(headers).flat(), key })
      return `${told.slice(0, -1)},"payload":${payload}}\n`
    })
    .join('')
}

let files = 0
async function found(...parts: string[]): Promise<{ calls: number; told: string[] }> {
  const path = join(directory, `${(files += 1)}.ndjson`)
  writeFileSync(path, parts.join(''), 'latin1')
  const { calls, findings } = await conformityOfFile(path)
  return { calls, told: findings.flatMap(({ code, examples }) => examples.map(({ callId }) => `${code} ${callId}`)).toSorted() }
}

describe('several captured calls in one file', () => {
  const goesOn = captured('goes-on', withoutEnd(goodCall('goes-on')), { isOver: false })
  const lostEnd = captured('lost-end', withoutEnd(goodCall('lost-end')), { isOver: true, laterMs: 30 })

  it('are judged each by what it says of itself: only that of a call that is over lacks an end, whichever comes first', async () => {
    expect(await found(goesOn, lostEnd)).toEqual({ calls: 2, told: ['missing-end lost-end'] })
    expect(await found(lostEnd, goesOn)).toEqual({ calls: 2, told: ['missing-end lost-end'] })
  })

  it('do not age by each other: a call that went on is not silent because another was captured ten minutes later', async () => {
    expect(await found(goesOn, captured('later', goodCall('later'), { isOver: true, laterMs: TEN_MINUTES_MS }))).toEqual({ calls: 2, told: [] })
  })

  it('have commands of their own: answers are not held against a call whose commands the file does not have', async () => {
    const withoutCommands = goodCall('no-commands').filter(({ message }) => message.topic === 'calls')
    expect(await found(captured('whole', goodCall('whole'), { isOver: true }), captured('no-commands', withoutCommands, { isOver: true }))).toEqual({
      calls: 2,
      told: [],
    })
  })

  it('may be the same call, captured as it went on and again when it was over', async () => {
    const [early, late] = [goodCall('twice').slice(0, 20), goodCall('twice')]
    expect(await found(captured('twice', early, { isOver: false }), captured('twice', withoutEnd(late), { isOver: true }))).toEqual({
      calls: 2,
      told: ['missing-end twice'],
    })
  })
})

it('messages without any header, of which kcat tells none, are named as such', async () => {
  const bare = { topic: 'calls', partition: 0, offset: 0, tstype: 'logappend', ts: 1_772_442_000_000, broker: 1, key: 'bare', payload: '{"callId":"bare"}' }
  expect(await found(`${JSON.stringify(bare)}\n`)).toMatchObject({ told: ['missing-header bare'] })
})

describe('partitions of kcat', () => {
  it('are judged each by where it begins: only in one that was read from its first offset a call lacks its beginning', async () => {
    const begun = (callId: string): Said[] => goodCall(callId).slice(4)
    const [whole, cut] = [kcat(goodCall('whole'), { partition: 0, fromOffset: 0 }), kcat(begun('cut'), { partition: 1, fromOffset: 512 })]
    expect(await found(whole, cut)).toEqual({ calls: 2, told: [] })
    expect(await found(cut, whole)).toEqual({ calls: 2, told: [] })
    expect(await found(cut, kcat(begun('spoilt'), { partition: 0, fromOffset: 0 }))).toEqual({ calls: 2, told: ['call-not-started spoilt'] })
  })
})
