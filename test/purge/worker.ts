/**
 * One run of retention in a process of its own, which a test may kill: `PURGE_PLACE` says where, `PURGE_PLANT` which fault of `plants.ts` is in it; the report is
 * printed.
 */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import type { S3Settings } from '@twinreel/object-store/s3/settings'
import { plantAtLoad } from '../sim/planted/hook.ts'
import { PURGE_PLANTS } from './plants.ts'

export interface PurgePlace {
  catalogPath: string
  s3: S3Settings
}

// Many short processes load the same modules; what has a fault in it has another text, and is compiled anew.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/twinreel-planted'))
const plant = PURGE_PLANTS.find(({ name }) => name === process.env['PURGE_PLANT'])
if (plant !== undefined) plantAtLoad(plant)
// Only now: what is loaded from here on has the fault.
const { openCatalog } = await import('@twinreel/catalog/open')
const { openS3Store } = await import('@twinreel/object-store/s3')
const { runRetention } = await import('@twinreel/retention/run')
const { silentLogger } = await import('@twinreel/service/log')
const { CERTIFYING } = await import('../support/certifying.ts')

const { catalogPath, s3 } = JSON.parse(process.env['PURGE_PLACE'] ?? '') as PurgePlace
const catalog = await openCatalog({ path: catalogPath })
const store = await openS3Store(s3)
const { claimed, resumed, purged, failed } = await runRetention({ catalog, store, log: silentLogger, ...CERTIFYING })
await store.close()
await catalog.close()
const why = [...new Set(failed.map(({ error }) => error))].slice(0, 3)
process.stdout.write(`${JSON.stringify({ claimed, resumed, purged, failed: failed.length, why })}\n`)
