import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Catalog } from '@twinreel/catalog/open'

/** An empty file for each manifest that a row names, so that the store is one that has what the catalog keeps. */
export async function putManifests(dataDir: string, { db }: Catalog): Promise<void> {
  const rows = await db.selectFrom('recordings').select('manifest_key').where('purged_at_ms', 'is', null).execute()
  for (const { manifest_key: key } of rows) {
    if (key === null) continue
    const path = join(dataDir, 'objects', key)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '')
  }
}
