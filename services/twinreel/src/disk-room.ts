import { statfs } from 'node:fs/promises'
import type { Check } from '@twinreel/service/health'

const MEBIBYTE = 1024 * 1024
/** Below this an embedded log or catalog may fail at any moment. */
const LEAST_BYTES = 8 * MEBIBYTE

/** Whether the disk below a data directory has room for what is recorded. */
export function diskCheck(dataDir: string): Check {
  return async () => {
    const { bavail, bsize } = await statfs(dataDir)
    const freeBytes = bavail * bsize
    if (freeBytes >= LEAST_BYTES) return null
    return `the disk of ${dataDir} is full (${(freeBytes / MEBIBYTE).toFixed(1)} MiB are free): make room on it; log, catalog and objects wait meanwhile`
  }
}
