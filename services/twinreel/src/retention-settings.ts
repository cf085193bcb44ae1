import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { RetentionOptions } from '@twinreel/retention/run'
import { systemClock } from '@twinreel/service/clock'
import type { Configuration } from './environment/read-environment.ts'
import { journalSignerOf } from './keys/signing.ts'

/** What every run of retention in this process is given: its caps, its signer, a name for its turn, and a second clock to compare the catalog's with. */
export function retentionSettings(
  configuration: Configuration,
): Required<Pick<RetentionOptions, 'maxPerRun' | 'maxPerOrg' | 'limits' | 'signer' | 'holder' | 'witness'>> {
  const { maxPerRun, maxPerOrg, limits } = configuration.retention
  return { maxPerRun, maxPerOrg, limits, signer: journalSignerOf(configuration), holder: workerName(), witness: systemClock }
}

/** Containers may share a pid, and machines a name. */
function workerName(): string {
  return `${hostname()}, pid ${process.pid} (${randomUUID().slice(0, 8)})`
}
