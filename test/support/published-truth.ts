import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wavFile } from '@twinreel/media/wav'
import type { Settings } from '@twinreel/recording/settings'
import type { Truth } from '@twinreel/oracle/truth-files'

const PCMU = { codec: 'PCMU', sampleRateHz: 8_000 } as const
const SILENCE = 0xff

/** A line of the journal that publish_call.py writes. */
interface Entry {
  callId: string
  id: string
  published?: string
  received?: string
  atMs: number
  data: Record<string, unknown>
}

/**
 * Writes what really happened in the calls of a journal as the demo's oracle reads it; `spoken` is what each stream's participant said, in PCMU, with
 * silence after it. Answers the calls' ids.
 */
export function writeTruths(
  truthDir: string,
  journal: string,
  who: { orgId: string; userId: string; settings: Settings },
  spoken: Record<string, Uint8Array>,
): string[] {
  const entries = readFileSync(journal, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry)
  const calls = Map.groupBy(entries, ({ callId }) => callId)
  for (const [callId, ofCall] of calls) {
    const events = ofCall.flatMap(({ published: type, id, atMs, data }) => (type === undefined ? [] : [{ id, type, atMs, data }]))
    const kinds = new Map(ofCall.flatMap(({ received, data }) => (received === 'prompt.play' ? [[data['promptId'], String(data['prompt'])] as const] : [])))
    const prompts = events.flatMap(({ type, data: { promptId, outcome, fromMs, toMs } }) =>
      type === 'prompt.finished' && outcome === 'played' ? [{ kind: kinds.get(promptId) ?? '', fromMs: Number(fromMs), toMs: Number(toMs) }] : [],
    )
    const sampleCount = Number(events.find(({ type }) => type === 'call.ended')?.data['atMs']) * 8
    const streams = Object.entries(spoken).map(([streamId, said]) => {
      const file = `${callId}.${streamId}.wav`
      const data = new Uint8Array(sampleCount).fill(SILENCE)
      data.set(said.subarray(0, sampleCount))
      writeFileSync(join(truthDir, file), wavFile({ format: PCMU, channels: 1, data }))
      return { streamId, participantIds: [streamId], ...PCMU, file, firstSample: 0, sampleCount, dropped: [], silences: [] }
    })
    const truth: Truth = { callId, orgId: who.orgId, settings: { [who.userId]: who.settings }, events, endLost: false, prompts, streams }
    writeFileSync(join(truthDir, `${callId}.json`), JSON.stringify(truth))
  }
  return [...calls.keys()]
}
