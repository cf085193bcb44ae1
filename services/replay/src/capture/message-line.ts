import { MEDIA_CONTENT_TYPE, decodeMedia, encodeMedia } from '@twinreel/contracts/media'
import type { CapturedMessage } from './capture.ts'
import type { LineOf, RunShape } from './lines.ts'
import { syntheticRun } from './synthetic-audio.ts'

type MessageLine = LineOf<'message'>

const utf8 = new TextEncoder()
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `isSynthetic`: audio in it is the synthetic one, which need not be written down. */
export function messageLine(message: CapturedMessage, { isSynthetic }: { isSynthetic: boolean }): MessageLine {
  const { offset, appendedAtMs, headers, value, sizeBytes } = message
  const line = { line: 'message' as const, offset, appendedAtMs, headers }
  if (value === null) return { ...line, tooLargeBytes: sizeBytes }
  if (headers['content-type'] === MEDIA_CONTENT_TYPE) {
    const runs = isSynthetic && headers['ce_encryption'] === undefined ? shapesOf(value) : null
    return runs === null ? { ...line, base64: Buffer.from(value).toString('base64') } : { ...line, runs }
  }
  return { ...line, ...readable(value) }
}

/** The inverse of `messageLine`: the very bytes again. */
export function messageOf({ offset, appendedAtMs, headers, data, text, base64, runs, tooLargeBytes }: MessageLine): CapturedMessage {
  const head = { offset, appendedAtMs, headers }
  if (tooLargeBytes !== undefined) return { ...head, value: null, sizeBytes: tooLargeBytes }
  const value =
    runs !== undefined
      ? encodeMedia(runs.map(syntheticRun))
      : base64 !== undefined
        ? new Uint8Array(Buffer.from(base64, 'base64'))
        : utf8.encode(text ?? JSON.stringify(data))
  return { ...head, value, sizeBytes: value.length }
}

function readable(value: Uint8Array): { data: unknown } | { text: string } | { base64: string } {
  let text: string
  try {
    text = strict.decode(value)
  } catch {
    return { base64: Buffer.from(value).toString('base64') }
  }
  try {
    const data: unknown = JSON.parse(text)
    if (JSON.stringify(data) === text) return { data }
  } catch {
    // No JSON: the text as it came.
  }
  return { text }
}

/** `null` unless every run is the synthetic one: then the bytes are needed. Throws `MediaError` for a value that is no media batch. */
function shapesOf(value: Uint8Array): RunShape[] | null {
  const runs = decodeMedia(value)
  const shapes = runs.map((run) => {
    const { streamId, offset, sampleCount, bytes } = run
    const codecs = bytes.length === sampleCount * 2 && sampleCount > 0 ? (['L16'] as const) : (['PCMU', 'PCMA'] as const)
    return codecs.map((codec) => ({ streamId, offset, sampleCount, codec })).find((shape) => Buffer.compare(syntheticRun(shape).bytes, bytes) === 0)
  })
  return shapes.every((shape) => shape !== undefined) ? shapes : null
}
