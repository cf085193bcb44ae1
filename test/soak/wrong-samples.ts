import { channelBytes, heardStream } from '@twinreel/oracle/call-audio'
import { piecesOf, type KnownRecording } from '@twinreel/oracle/check-recording'
import { sampleBytes, SILENT_BYTE } from '@twinreel/oracle/companding'
import { DEFAULT_RULES, expectedRecordings, type ExpectedRecording } from '@twinreel/oracle/expected-recordings'
import type { Files } from '@twinreel/oracle/files'
import { pressedGuesses } from '@twinreel/oracle/pressed'
import { readSpoken, readTruth } from '@twinreel/oracle/truth-files'
import { readWav } from '@twinreel/oracle/wav-reader'
import { classify, type Counts } from './classify.ts'

/** Of a call that is not what it should be: how many samples of both channels are lost, there twice, or somebody else's. */
export async function wrongSamples(options: {
  truthDir: string
  callId: string
  segmentMs: number
  objects: Files
  recordings: readonly KnownRecording[]
}): Promise<Counts> {
  const { truthDir, callId, segmentMs, objects, recordings } = options
  const truth = await readTruth(truthDir, callId)
  const streams = await Promise.all(truth.streams.map(async (stream) => heardStream(truth, stream, await readSpoken(truthDir, stream))))
  const [pressedMs = new Map<string, number>()] = pressedGuesses(truth)
  const counts: Counts = { lost: 0, duplicated: 0, swapped: 0 }
  const wanted = new Set<string>()
  for (const expected of expectedRecordings(truth, { ...DEFAULT_RULES, segmentMs }, pressedMs)) {
    const known = recordings.find((one) => one.ownerId === expected.ownerId && one.ordinal === expected.ordinal)
    const { format } = expected
    const width = sampleBytes(format.codec)
    for (const [index, piece] of expected.spans.flatMap((span) => piecesOf(span, segmentMs)).entries()) {
      const key = keyOf(expected, known?.recordingId ?? '', index)
      wanted.add(key)
      const bytes = await objects.read(key)
      if (bytes === null && !expected.kept) continue
      for (const channel of [0, 1] as const) {
        const own = streams.filter(({ stream }) => stream.participantIds.some((id) => expected.participantIds.has(id)) === (channel === 0))
        const found = bytes === null ? new Uint8Array(0) : everyOther(readWav(bytes).data, width, channel)
        const about = { own: own.map(({ spoken }) => spoken), sampleBytes: width, silence: SILENT_BYTE[format.codec] }
        add(counts, classify(found, channelBytes(own, format, piece), about))
      }
    }
  }
  // An object that should not be there holds what is elsewhere too.
  for (const key of await objects.list()) {
    if (!key.endsWith('.wav') || wanted.has(key)) continue
    const { data, codec } = readWav((await objects.read(key)) ?? new Uint8Array(0))
    counts.duplicated += data.length / sampleBytes(codec)
  }
  return counts
}

function keyOf({ orgId, ownerId }: ExpectedRecording, recordingId: string, index: number): string {
  return `recordings/${orgId}/${ownerId}/${recordingId}/${String(index).padStart(5, '0')}.wav`
}

function everyOther(data: Uint8Array, width: number, channel: 0 | 1): Uint8Array {
  const bytes = new Uint8Array(data.length / 2)
  for (let at = channel * width, to = 0; at < data.length; at += 2 * width, to += width) bytes.set(data.subarray(at, at + width), to)
  return bytes
}

export function add(to: Counts, more: Counts): void {
  to.lost += more.lost
  to.duplicated += more.duplicated
  to.swapped += more.swapped
}
