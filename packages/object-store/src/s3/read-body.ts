import { Readable } from 'node:stream'
import { StoreError } from '../port.ts'

/** A page of 1,000 keys of the greatest length stays below this many times over. */
const MOST_OF_AN_ANSWER = 16 * 1024 * 1024

/** The chunks of an answer's body. What is not a stream has no body. */
function chunksOf(body: unknown): AsyncIterable<Uint8Array> {
  if (body instanceof Readable) return body as AsyncIterable<Uint8Array>
  throw new StoreError('the store’s answer has no body', { retriable: true })
}

/** The body, at most `most` bytes of it; more is an error, and the connection is given up. */
async function readUpTo(body: unknown, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of chunksOf(body)) {
    sizeBytes += chunk.length
    if (sizeBytes > most) throw new StoreError(`the store’s answer has more than ${most} bytes`, { retriable: false })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, sizeBytes)
}

/** For the SDK, which would collect whatever comes: lists, outcomes and errors in XML. */
export function collectAnswer(body: unknown): Promise<Uint8Array> {
  return body === undefined ? Promise.resolve(new Uint8Array()) : readUpTo(body, MOST_OF_AN_ANSWER)
}

/** Says goodbye to an answer nobody reads. */
export function discard(body: unknown): void {
  if (body instanceof Readable) body.destroy()
}

/** The bytes of an object; `sizeBytes` as the store declared it, or `undefined` when it did not. A body cut short is an error. */
export async function readBytes(body: unknown, sizeBytes: number | undefined, most: number): Promise<Uint8Array> {
  if (sizeBytes === undefined) return new Uint8Array(await readUpTo(body, most))
  if (sizeBytes > most) {
    discard(body)
    throw new StoreError(`${sizeBytes} bytes are more than the ${most} that are read at once; read ranges of it`, { retriable: false })
  }
  const bytes = new Uint8Array(sizeBytes)
  let at = 0
  for await (const chunk of chunksOf(body)) {
    if (at + chunk.length > sizeBytes) throw new StoreError(`the store sent more than the ${sizeBytes} bytes it had declared`, { retriable: true })
    bytes.set(chunk, at)
    at += chunk.length
  }
  if (at < sizeBytes) throw new StoreError(`the store sent ${at} of ${sizeBytes} bytes`, { retriable: true })
  return bytes
}

/** Goes through a body without keeping it. */
export async function forEachChunk(body: unknown, work: (chunk: Uint8Array) => void): Promise<void> {
  for await (const chunk of chunksOf(body)) work(chunk)
}
