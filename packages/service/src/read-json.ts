import type { IncomingMessage } from 'node:http'

/** A request's body as JSON; `null` when it is larger than this or no JSON. */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<{ value: unknown } | null> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) return null
    chunks.push(chunk)
  }
  try {
    return { value: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown }
  } catch {
    return null
  }
}
