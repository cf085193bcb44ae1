import { expand, compress, sampleBytes, SILENT_BYTE, type Format } from './companding.ts'
import { conversionReach, converter } from './resampling.ts'
import { outside, union, type Span } from './spans.ts'
import type { TrueStream, Truth } from './truth-files.ts'

/** One stream with all that was spoken on it, and the samples of it that reached the log. */
export interface HeardStream {
  stream: TrueStream
  spoken: Uint8Array
  heard: readonly Span[]
}

export function heardStream(truth: Truth, stream: TrueStream, spoken: Uint8Array): HeardStream {
  return { stream, spoken, heard: heardSamples(truth, stream) }
}

/** Sent and not lost: neither silent during a call hold nor behind a shut gate. */
function heardSamples(truth: Truth, { firstSample, sampleCount, sampleRateHz, dropped, silences }: TrueStream): Span[] {
  const shut = gateShut(truth.events, Number.MAX_SAFE_INTEGER).map(([from, to]): Span => [toSample(from, sampleRateHz), toSample(to, sampleRateHz)])
  return outside([...dropped, ...silences, ...shut], firstSample, firstSample + sampleCount)
}

/** When the publisher's gate was shut, in call time; one that is never opened again, until `untilMs`. */
export function gateShut(events: readonly { type: string; atMs: number }[], untilMs: number): Span[] {
  const shut: Span[] = []
  let sinceMs: number | null = null
  for (const { type, atMs } of events) {
    if (type === 'gate.closed') sinceMs ??= atMs
    if (type !== 'gate.opened' || sinceMs === null) continue
    shut.push([sinceMs, atMs])
    sinceMs = null
  }
  return sinceMs === null ? shut : [...shut, [sinceMs, untilMs]]
}

export function toSample(ms: number, rateHz: number): number {
  return Math.floor((ms * rateHz) / 1_000)
}

/** Where the last audio of the call that reached the log ends. */
export function lastHeardMs(truth: Truth): number {
  const ends = truth.streams.map((stream) => Math.ceil(((heardSamples(truth, stream).at(-1)?.[1] ?? 0) * 1_000) / stream.sampleRateHz))
  return Math.max(0, ...ends)
}

/** A recording keeps what the streams have in common when it begins; where they differ it is linear, at the highest rate. */
export function sharedFormat(streams: readonly TrueStream[], ms: number): Format {
  const live = streams.filter(
    ({ firstSample, sampleCount, sampleRateHz }) => (firstSample * 1_000) / sampleRateHz <= ms && ((firstSample + sampleCount) * 1_000) / sampleRateHz > ms,
  )
  const [first] = live
  if (first === undefined) return { codec: 'PCMU', sampleRateHz: 8_000 }
  const alike = live.every(({ codec, sampleRateHz }) => codec === first.codec && sampleRateHz === first.sampleRateHz)
  return alike
    ? { codec: first.codec, sampleRateHz: first.sampleRateHz }
    : { codec: 'L16', sampleRateHz: Math.max(...live.map(({ sampleRateHz }) => sampleRateHz)) }
}

/**
 * What one channel must hold from `fromMs` to `toMs`: nothing but silence where nobody was heard, a single speaker's own bytes, and
 * several speakers' sum. Nothing from outside the piece plays a part, not even for a rate conversion.
 */
export function channelBytes(streams: readonly HeardStream[], format: Format, [fromMs, toMs]: Span): Uint8Array {
  const [from, to] = [toSample(fromMs, format.sampleRateHz), toSample(toMs, format.sampleRateHz)]
  const width = sampleBytes(format.codec)
  const bytes = new Uint8Array((to - from) * width).fill(SILENT_BYTE[format.codec])
  const isAlone = streams.length === 1 && streams.every(({ stream }) => isOwn(stream, format))
  const [sums, speakers] = isAlone ? [new Int32Array(), new Uint8Array()] : [new Int32Array(to - from), new Uint8Array(to - from)]
  for (const heard of streams) {
    const own = isOwn(heard.stream, format)
    for (const [a, b] of covered(heard, format, [fromMs, toMs])) {
      if (own) bytes.set(heard.spoken.subarray((a - heard.stream.firstSample) * width, (b - heard.stream.firstSample) * width), (a - from) * width)
      // Nobody to add to.
      if (own && streams.length === 1) continue
      const samples = samplesOf(heard, format, [fromMs, toMs], [a, b])
      for (let i = a; i < b; i++) {
        sums[i - from] = (sums[i - from] ?? 0) + (samples[i - a] ?? 0)
        speakers[i - from] = (speakers[i - from] ?? 0) + (own ? 1 : 2)
      }
    }
  }
  for (let i = 0; i < sums.length; i++) if ((speakers[i] ?? 0) > 1) put(bytes, i, Math.max(-32_768, Math.min(32_767, sums[i] ?? 0)), format)
  return bytes
}

function isOwn({ codec, sampleRateHz }: TrueStream, format: Format): boolean {
  return codec === format.codec && sampleRateHz === format.sampleRateHz
}

function put(bytes: Uint8Array, index: number, sample: number, { codec }: Format): void {
  if (codec !== 'L16') bytes[index] = compress(sample, codec)
  else {
    bytes[2 * index] = sample & 0xff
    bytes[2 * index + 1] = (sample >> 8) & 0xff
  }
}

/** Samples heard within the piece, on the stream's own axis. */
function within({ heard, stream }: HeardStream, [fromMs, toMs]: Span): Span[] {
  const [from, to] = [toSample(fromMs, stream.sampleRateHz), toSample(toMs, stream.sampleRateHz)]
  return union(heard.map(([a, b]): Span => [Math.max(a, from), Math.min(b, to)]))
}

/** The same on the axis of the recording: a sample lasts until the next one. */
function covered(heard: HeardStream, { sampleRateHz }: Format, piece: Span): Span[] {
  const own = heard.stream.sampleRateHz
  const limit = toSample(piece[1], sampleRateHz)
  return within(heard, piece).map(([a, b]): Span => [Math.ceil((a * sampleRateHz) / own), Math.min(limit, Math.ceil((b * sampleRateHz) / own))])
}

function samplesOf(heard: HeardStream, format: Format, piece: Span, [from, to]: Span): Int16Array {
  const { codec, sampleRateHz, firstSample } = heard.stream
  const width = sampleBytes(codec)
  const decoded = (a: number, b: number): Int16Array => expand(heard.spoken.subarray((a - firstSample) * width, (b - firstSample) * width), codec)
  if (sampleRateHz === format.sampleRateHz) return decoded(from, to)
  const reach = conversionReach(sampleRateHz, format.sampleRateHz)
  const start = Math.floor((from * sampleRateHz) / format.sampleRateHz) - reach
  const source = new Int16Array(Math.ceil((to * sampleRateHz) / format.sampleRateHz) + reach - start)
  for (const [a, b] of within(heard, piece)) {
    const [first, last] = [Math.max(a, start), Math.min(b, start + source.length)]
    if (first < last) source.set(decoded(first, last), first - start)
  }
  const convert = converter(sampleRateHz, format.sampleRateHz)
  return Int16Array.from({ length: to - from }, (_, i) => convert(from + i, (at) => source[at - start] ?? 0))
}
