import { bytesPerSample, msToSamples } from '@twinreel/media/format'
import { readWav } from '@twinreel/oracle/wav-reader'
import { MARK_BYTES, type Said } from '../world/marked-speech.ts'
import type { Evidence, Put, Violation } from '../world/evidence.ts'

/**
 * Whatever is heard in a segment was said in its own call, at the moment that its place in the file stands for, on the left by the owner and on the right by somebody
 * else: so both channels share one timeline. Asks nobody what ought to be there, only the audio itself.
 */
export function checkTimeline(evidence: Evidence): Violation[] {
  const rows = evidence.truth.database
    .prepare(
      'select s.key, s.sha256, s.from_ms, s.to_ms, r.call_id, r.owner_id, r.recording_id from segments s join recordings r on r.recording_id = s.recording_id',
    )
    .all()
  const puts = new Map(evidence.puts.map((put) => [put.key, put]))
  return rows.flatMap((row) => {
    const put = puts.get(String(row['key']))
    if (put === undefined) return []
    const segment = { callId: String(row['call_id']), ownerId: String(row['owner_id']), fromMs: Number(row['from_ms']), toMs: Number(row['to_ms']) }
    const wrong = segmentFault(evidence, put, segment)
    return wrong === null ? [] : [{ check: 'timeline', message: `${put.key}: ${wrong}` }]
  })
}

function segmentFault(evidence: Evidence, put: Put, segment: { callId: string; ownerId: string; fromMs: number; toMs: number }): string | null {
  const { codec, sampleRateHz, data } = readWav(put.body)
  const width = bytesPerSample(codec)
  const call = evidence.calls.find(({ truth }) => truth.callId === segment.callId)
  const nearIds = new Set(
    call?.truth.events.flatMap(({ data: { participants = [], participant, by } }) => [
      ...participants.filter(({ userId }) => userId === segment.ownerId).map(({ participantId }) => participantId),
      ...(participant?.userId === segment.ownerId ? [participant.participantId] : []),
      ...(by?.kind === 'voicemail' && by.userId === segment.ownerId ? [by.participantId] : []),
    ]),
  )
  for (const channel of [0, 1]) {
    const bytes = oneChannel(data, channel, width)
    for (const { said, at } of marksIn(evidence, bytes)) {
      const where = `the ${channel === 0 ? 'left' : 'right'} channel holds ${said.callId}/${said.streamId} sample ${said.sample} at byte ${at}`
      if (said.callId !== segment.callId) return `${where}: another call`
      // What was converted has other bytes; what has these was said in this format.
      const sample = msToSamples(segment.fromMs, sampleRateHz) + at / width
      if (said.format.sampleRateHz === sampleRateHz && said.sample !== sample) return `${where}, the place of sample ${sample}`
      const near = call?.truth.streams.some(({ streamId, participantIds }) => streamId === said.streamId && participantIds.some((id) => nearIds.has(id)))
      if (near !== (channel === 0)) return `${where}: the wrong side`
    }
  }
  const frames = msToSamples(segment.toMs, sampleRateHz) - msToSamples(segment.fromMs, sampleRateHz)
  return data.length === frames * 2 * width ? null : `${data.length / 2 / width} frames, its row says ${frames}`
}

/** One channel as it went over the wire: two-byte samples with their high byte first. */
function oneChannel(data: Uint8Array, channel: number, width: number): Uint8Array {
  const frames = data.length / 2 / width
  const bytes = new Uint8Array(frames * width)
  for (let frame = 0; frame < frames; frame++)
    for (let byte = 0; byte < width; byte++) bytes[frame * width + byte] = data[(2 * frame + channel) * width + (width - 1 - byte)] ?? 0
  return bytes
}

/** Marks in a channel; one found says where the next are. */
function marksIn({ speech }: Evidence, bytes: Uint8Array): { said: Said; at: number }[] {
  const found: { said: Said; at: number }[] = []
  for (let at = 0; at + MARK_BYTES <= bytes.length;) {
    const said = speech.identify(bytes, at)
    if (said === null) at += bytes[at] === bytes[at + 1] && bytes[at] === bytes[at + 7] ? 4 : 1
    else {
      found.push({ said, at })
      at += MARK_BYTES
    }
  }
  return found
}
