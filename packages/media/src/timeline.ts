import { bytesPerSample, silenceByte } from './format.ts'
import type { AudioFormat } from './format.ts'
import { placeSource } from './convert.ts'
import type { Placed, Source } from './convert.ts'
import { decode, encode } from './g711.ts'
import { mix } from './mix.ts'
import type { Piece } from './placement.ts'

export type { Source } from './convert.ts'
export type { Run } from './placement.ts'

/** A channel's range: samples [fromSample, toSample) of `format`, from the streams that are heard on it. */
interface ChannelRange {
  readonly format: AudioFormat
  readonly fromSample: number
  readonly toSample: number
  readonly sources: readonly Source[]
}

/**
 * One channel's bytes, exactly as many as the range has samples: silence where no source has audio; a source's own bytes,
 * untouched, where it alone has any and its format is the channel's; else the sources' samples summed, clipped to 16 bit
 * and encoded. A source of another codec or rate is converted: sample i of a stream at rate r is at i / r seconds and
 * lasts until the next one. Within a source, the first run that has a sample wins.
 *
 * Resampling looks beyond the range, by 3 ms at 8 kHz: give it the runs on either side when there are any, or the audio
 * sounds as if it began or ended at the range's edge. Throws RangeError for a range or a run that contradicts itself.
 *
 * With `into`, the channel is made in its first bytes, whatever stood there: for whoever makes one after another.
 */
export function fillChannel({ format, fromSample, toSample, sources }: ChannelRange, into?: Uint8Array): Uint8Array {
  if (!Number.isSafeInteger(fromSample) || !Number.isSafeInteger(toSample) || toSample < fromSample) {
    throw new RangeError(`[${fromSample}, ${toSample}) is no range of samples`)
  }
  const sampleBytes = bytesPerSample(format.codec)
  const sizeBytes = (toSample - fromSample) * sampleBytes
  const out = into === undefined ? new Uint8Array(sizeBytes) : into.subarray(0, sizeBytes)
  if (out.length < sizeBytes) throw new RangeError(`a channel of ${sizeBytes} bytes does not fit into ${out.length}`)
  out.fill(silenceByte(format.codec))
  const placed = sources.map((source) => placeSource(source, format.sampleRateHz, fromSample, toSample))
  const set = (piece: Piece): void => out.set(piece.bytes, (piece.from - fromSample) * sampleBytes)
  for (const source of placed) piecesIn(source, format).forEach(set)
  // Where sources meet, the last one's bytes stand there now; the sum takes their place.
  // Stryker disable next-line ConditionalExpression,EqualityOperator: one source meets nobody, this saves looking
  if (placed.length > 1) mix(placed, format.codec).forEach(set)
  return out
}

function piecesIn({ codec, pieces }: Placed, format: AudioFormat): readonly Piece[] {
  if (codec === format.codec) return pieces
  return pieces.map((piece) => ({ ...piece, bytes: encode(decode(piece.bytes, codec), format.codec) }))
}
