import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogContract } from './contract.ts'
import { openCatalog } from './open.ts'

catalogContract('SQLite', async (clock) => {
  const directory = await mkdtemp(join(tmpdir(), 'catalog-'))
  return {
    open: () => openCatalog({ path: join(directory, 'catalog.db'), clock }),
    remove: () => rm(directory, { recursive: true, force: true }),
  }
})
