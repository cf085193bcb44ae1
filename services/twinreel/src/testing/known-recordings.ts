import { join } from 'node:path'
import { finishedRecordings } from '@twinreel/catalog/contract/setup'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { putManifests } from './put-manifests.ts'
import { documentOf } from './run-command.ts'

/** Organization `acme` in a directory, with users who pay, and finished recordings of each in the catalog, of which the store has no more than an empty manifest. */
export async function withRecordings(dataDir: string, recordingsOf: Readonly<Record<string, readonly string[]>>): Promise<void> {
  await documentOf(0, 'orgs', 'enable', 'acme', '--name', 'Acme', '--partner', 'carrier', '--data', dataDir)
  for (const userId of Object.keys(recordingsOf)) {
    const user = ['--org', 'acme', '--name', `Name of ${userId}`, '--licence', 'basic', '--recording', 'on', '--mode', 'always', '--tier', 'standard']
    await documentOf(0, 'users', 'set', userId, ...user, '--data', dataDir)
  }
  await inCatalog(dataDir, async (catalog) => {
    for (const [ownerId, ids] of Object.entries(recordingsOf)) await finishedRecordings(catalog, ids, { ownerId })
    await putManifests(dataDir, catalog)
  })
}

/** Does something behind the commands' back. */
export async function inCatalog(dataDir: string, work: (catalog: Catalog) => Promise<unknown>): Promise<void> {
  const catalog = await openCatalog({ path: join(dataDir, 'catalog.db') })
  try {
    await work(catalog)
  } finally {
    await catalog.close()
  }
}
