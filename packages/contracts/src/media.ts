import { MAX_SAMPLE_OFFSET } from './identifiers.ts'

/**
 * The binary media batch: about a second of every stream of a call in one message.
 *
 *   byte 0      version, 1
 *   then runs until the end of the message, each
 *     u8        length of the stream id in bytes, 1 to 64
 *     …         stream id, UTF-8
 *     i64 BE    offset of the first sample, counted since the call's time zero in the stream's sample rate
 *     u32 BE    number of samples
 *     u32 BE    number of bytes that follow
 *     …         the samples as they came from the network (G.711 one byte each, L16 two bytes big-endian)
 *
 * A run of no samples says only that its stream's clock has come to its offset: the empty media of a silent or gated call.
 * Version first and lengths explicit, so that a reader can refuse what it does not know without guessing.
 */

export interface MediaRun {
  streamId: string
  /** Samples since time zero, in the stream's rate. */
  offset: number
  sampleCount: number
  bytes: Uint8Array
}

const MEDIA_VERSION = 1
export const MEDIA_CONTENT_TYPE = 'application/vnd.twinreel.media'
/** Far above a second of 64 streams; a bound so that a hostile message costs no more than its size. */
const MAX_RUNS = 4_096

/** Says where and what, and none of the values that stand there: in a damaged message those may be audio, and this text reaches a dead letter. */
export class MediaError extends Error {
  /** Byte of the message at which reading failed. */
  readonly at: number
  constructor(message: string, at: number) {
    super(`${message} (byte ${at})`)
    this.name = 'MediaError'
    this.at = at
  }
}

const utf8 = new TextEncoder()
// Without ignoreBOM a stream id that begins with U+FEFF would come back shorter than it was sent.
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Throws `MediaError` for a run that `decodeMedia` would refuse, with the byte at which it would stand. */
export function encodeMedia(runs: readonly MediaRun[]): Uint8Array {
  if (runs.length > MAX_RUNS) throw new MediaError(`more than ${MAX_RUNS} runs`, 0)
  const ids = runs.map((run) => utf8.encode(run.streamId))
  const size = runs.reduce((sum, run, i) => sum + 17 + (ids[i]?.length ?? 0) + run.bytes.length, 1)
  const out = new Uint8Array(size)
  const view = new DataView(out.buffer)
  out[0] = MEDIA_VERSION
  let at = 1
  for (const [i, run] of runs.entries()) {
    const id = ids[i] ?? new Uint8Array()
    if (id.length < 1 || id.length > 64) throw new MediaError('stream id is not 1 to 64 bytes long', at)
    out[at] = id.length
    out.set(id, at + 1)
    at += 1 + id.length
    if (!Number.isSafeInteger(run.offset)) throw new MediaError('sample offset is not a whole number', at)
    checkRun(run.offset, run.sampleCount, run.bytes.length, at)
    view.setBigInt64(at, BigInt(run.offset))
    view.setUint32(at + 8, run.sampleCount)
    view.setUint32(at + 12, run.bytes.length)
    out.set(run.bytes, at + 16)
    at += 16 + run.bytes.length
  }
  return out
}

/** Reads a batch; the runs' bytes are views into `message`, not copies. Throws `MediaError` with the byte at which it went wrong. */
export function decodeMedia(message: Uint8Array): MediaRun[] {
  if (message.length === 0) throw new MediaError('empty message, expected a version byte', 0)
  if (message[0] !== MEDIA_VERSION) throw new MediaError(`not media version ${MEDIA_VERSION}, the only one that is known`, 0)
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  const runs: MediaRun[] = []
  let at = 1
  while (at < message.length) {
    if (runs.length === MAX_RUNS) throw new MediaError(`more than ${MAX_RUNS} runs`, at)
    const idBytes = view.getUint8(at)
    if (idBytes < 1 || idBytes > 64) throw new MediaError('stream id is not 1 to 64 bytes long', at)
    const head = at + 1 + idBytes
    if (head + 16 > message.length) throw new MediaError('run header cut short', at)
    const offset = Number(view.getBigInt64(head))
    const sampleCount = view.getUint32(head + 8)
    const byteCount = view.getUint32(head + 12)
    const end = head + 16 + byteCount
    if (end > message.length) throw new MediaError('run cut short', head + 12)
    checkRun(offset, sampleCount, byteCount, head)
    runs.push({ streamId: decodeId(message.subarray(at + 1, head), at), offset, sampleCount, bytes: message.subarray(head + 16, end) })
    at = end
  }
  return runs
}

function checkRun(offset: number, sampleCount: number, byteCount: number, head: number): void {
  if (offset < 0) throw new MediaError('negative sample offset', head)
  if (offset > MAX_SAMPLE_OFFSET) throw new MediaError('sample offset beyond seven days', head)
  if (byteCount !== sampleCount && byteCount !== sampleCount * 2) throw new MediaError('neither one nor two bytes for each sample', head + 8)
}

/** The id of a stream is the same few bytes in every message of a call; short ASCII ids skip the text decoder, which costs more than the rest. */
function decodeId(bytes: Uint8Array, at: number): string {
  let ascii = ''
  for (const byte of bytes) {
    if (byte >= 0x80) {
      try {
        return text.decode(bytes)
      } catch {
        throw new MediaError('stream id is not UTF-8', at)
      }
    }
    ascii += String.fromCharCode(byte)
  }
  return ascii
}
