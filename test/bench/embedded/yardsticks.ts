import { createHash } from 'node:crypto'
import { TOPICS } from '@twinreel/contracts/topics'
import type { LogRecord } from '@twinreel/event-log/port'
import type { Engines } from '@twinreel/twinreel/engines'

/** About what a recording's manifest of three segments takes. */
const MANIFEST_BYTES = 3_000

/**
 * The yardstick: the same messages consumed, each minute of a call hashed and written as one object, and a small one at its end: as many objects as
 * the recorder writes, of the same sizes, in directories like its own; nothing is understood.
 */
export async function consumeHashWrite(engines: Engines, secondsPerObject: number): Promise<void> {
  const parts = new Map<string, Uint8Array[]>()
  const objects = new Map<string, number>()
  const puts = new Set<Promise<unknown>>()

  async function put(key: string, body: Uint8Array): Promise<void> {
    const sha256 = createHash('sha256').update(body).digest('hex')
    const job = engines.store.putIfAbsent({ key, body, sha256, contentType: 'application/octet-stream' })
    puts.add(job)
    void job.finally(() => puts.delete(job))
    if (puts.size >= 4) await Promise.race(puts)
  }

  async function putMinute(callId: string): Promise<void> {
    const body = Buffer.concat(parts.get(callId) ?? [])
    const index = objects.get(callId) ?? 0
    parts.delete(callId)
    objects.set(callId, index + 1)
    if (body.length > 0) await put(`recordings/bench/owner/${callId}/${index}.bin`, body)
  }

  await readAll(engines, async (record) => {
    if (record.value === null) return
    if (record.headers['ce_type'] === 'io.twinreel.call.ended.v1') {
      await putMinute(record.key)
      await put(`recordings/bench/owner/${record.key}/end.bin`, new Uint8Array(MANIFEST_BYTES))
      return
    }
    if (record.value.length < 1_000) return
    const audio = parts.get(record.key) ?? []
    audio.push(record.value)
    parts.set(record.key, audio)
    if (audio.length === secondsPerObject) await putMinute(record.key)
  })
  await Promise.all(puts)
}

/** The floor: the same messages consumed and dropped. */
export async function consumeDiscard(engines: Engines): Promise<void> {
  await readAll(engines, () => Promise.resolve())
}

async function readAll(engines: Engines, each: (record: LogRecord) => Promise<void>): Promise<void> {
  const [range] = await engines.eventLog.ranges(TOPICS.calls)
  if (range === undefined) return
  let finished: () => void = () => undefined
  const done = new Promise<void>((resolve) => (finished = resolve))
  const consumer = await engines.eventLog.consume({
    topic: TOPICS.calls,
    groupId: 'yardstick',
    handler: {
      assigned: async () => range.firstOffset,
      async batch(batch) {
        for (const record of batch.records) await each(record)
        if ((batch.records.at(-1)?.offset ?? 0) + 1 >= range.endOffset) finished()
      },
      revoked: async () => undefined,
    },
  })
  await done
  await consumer.stop()
}
