import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TOPICS } from '@twinreel/contracts/topics'
import type { Engines } from '../engines.ts'

/**
 * Copies all that bucket and database hold, and every topic but the calls, into the data directory as files: the checks compare files with files and know
 * nothing of servers. What an earlier copy left is removed first.
 */
export async function copyServers({ dataDir, store, catalog, eventLog }: Engines): Promise<void> {
  const objects = join(dataDir, 'objects')
  rmSync(objects, { recursive: true, force: true })
  mkdirSync(objects, { recursive: true })
  for (let after: string | null = ''; after !== null;) {
    const page: Awaited<ReturnType<typeof store.list>> = await store.list({ prefix: '', ...(after === '' ? {} : { after }) })
    for (const { key } of page.objects) write(join(objects, key), (await store.get(key)) ?? new Uint8Array())
    after = page.next
  }
  // Named as the embedded one, which the checks look for.
  write(join(dataDir, 'catalog.db'), await catalogText(catalog))
  for (const topic of Object.values(TOPICS)) {
    if (topic !== TOPICS.calls) write(join(dataDir, 'topics', topic), await topicBytes(eventLog, topic))
  }
}

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}

async function catalogText(catalog: Engines['catalog']): Promise<Uint8Array> {
  const lines: string[] = []
  for (const { name } of await catalog.db.introspection.getTables()) {
    const rows: unknown[] = await catalog.db
      .selectFrom(name as 'recordings')
      .selectAll()
      .execute()
    lines.push(...rows.map((row) => JSON.stringify({ table: name, row })))
  }
  return Buffer.from(lines.join('\n'))
}

async function topicBytes(eventLog: Engines['eventLog'], topic: string): Promise<Uint8Array> {
  const values: Uint8Array[] = []
  for (const { partition, firstOffset, endOffset } of await eventLog.ranges(topic)) {
    for (let fromOffset = firstOffset; fromOffset < endOffset;) {
      const { records } = await eventLog.read({ topic, partition, fromOffset })
      const last = records.at(-1)
      if (last === undefined) break
      values.push(...records.flatMap(({ value }) => (value === null ? [] : [value])))
      fromOffset = last.offset + 1
    }
  }
  return Buffer.concat(values)
}
