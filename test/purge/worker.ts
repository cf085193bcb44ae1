/** One run of retention in a process of its own, which a test may kill: `PURGE_PLACE` says where, the report is printed. */
import { openCatalog } from '@twinreel/catalog/open'
import { openS3Store } from '@twinreel/object-store/s3'
import type { S3Settings } from '@twinreel/object-store/s3/settings'
import { runRetention } from '@twinreel/retention/run'
import { silentLogger } from '@twinreel/service/log'
import { CERTIFYING } from '../support/certifying.ts'

export interface PurgePlace {
  catalogPath: string
  s3: S3Settings
}

const { catalogPath, s3 } = JSON.parse(process.env['PURGE_PLACE'] ?? '') as PurgePlace
const catalog = await openCatalog({ path: catalogPath })
const store = await openS3Store(s3)
const { claimed, resumed, purged, failed } = await runRetention({ catalog, store, log: silentLogger, ...CERTIFYING })
await store.close()
await catalog.close()
process.stdout.write(`${JSON.stringify({ claimed, resumed, purged, failed: failed.length })}\n`)
