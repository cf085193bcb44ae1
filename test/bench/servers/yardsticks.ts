import { createHash } from 'node:crypto'
import { s3Client } from '@twinreel/object-store/s3/client'
import { putCommand } from '@twinreel/object-store/s3/put'
import type { Servers } from '@twinreel/twinreel/place'
import type { KafkaMessage } from 'kafkajs'
import { readTopic } from './read-topic.ts'

/** About what a recording's manifest of some segments takes. */
const MANIFEST_BYTES = 3_000
const SECONDS_AN_OBJECT = 60
/** As many as the recorder writes at once. */
const PUTS_AT_ONCE = 4
const LEAST_MEDIA_BYTES = 1_000

/** The floor: the same messages consumed and dropped. */
export async function consumeDiscard(place: Servers): Promise<void> {
  await readTopic(place, () => undefined)
}

/**
 * The yardstick: the same messages consumed, each minute of a call hashed and written as one object, and a small one at its end: as many objects as the recorder
 * writes, of the same sizes, with the same client and conditions; nothing is understood, and no catalog is kept.
 */
export async function consumeHashPut(place: Servers): Promise<void> {
  const { s3 } = place
  const client = s3Client(s3)
  const parts = new Map<string, Buffer[]>()
  const objects = new Map<string, number>()
  const puts = new Set<Promise<unknown>>()

  async function put(key: string, body: Buffer): Promise<void> {
    const sha256 = createHash('sha256').update(body).digest('hex')
    const job = client.send(putCommand(s3, { key, body, sha256, contentType: 'application/octet-stream' }, true))
    puts.add(job)
    void job.finally(() => puts.delete(job))
    if (puts.size >= PUTS_AT_ONCE) await Promise.race(puts)
  }

  async function putMinute(callId: string): Promise<void> {
    const body = Buffer.concat(parts.get(callId) ?? [])
    const index = objects.get(callId) ?? 0
    parts.delete(callId)
    objects.set(callId, index + 1)
    if (body.length > 0) await put(`recordings/bench/owner/${callId}/${index}.bin`, body)
  }

  async function end(callId: string): Promise<void> {
    await putMinute(callId)
    await put(`recordings/bench/owner/${callId}/end.bin`, Buffer.alloc(MANIFEST_BYTES))
  }

  await readTopic(place, ({ key, headers, value }: KafkaMessage) => {
    if (key === null || value === null) return
    const callId = key.toString()
    if (value.length < LEAST_MEDIA_BYTES) return headers?.['ce_type']?.toString() === 'io.twinreel.call.ended.v1' ? end(callId) : undefined
    const audio = parts.get(callId) ?? []
    audio.push(value)
    parts.set(callId, audio)
    return audio.length === SECONDS_AN_OBJECT ? putMinute(callId) : undefined
  })
  await Promise.all(puts)
  client.destroy()
}
