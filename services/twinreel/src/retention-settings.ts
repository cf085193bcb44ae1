import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { RetentionOptions } from '@twinreel/retention/run'
import { systemClock } from '@twinreel/service/clock'
import type { Configuration } from './environment/read-environment.ts'
import { retentionSignerOf } from './keys/signing.ts'

/**
 * What every run of retention in this process is given: its caps, its signer, a name for its turn, a second clock to compare the catalog's with, and
 * what certificates say of it. Throws a usage error where there is no key to sign with.
 */
export function retentionSettings(
  configuration: Configuration,
  told: Pick<RetentionOptions, 'role' | 'logRetentionMs'>,
): Required<Pick<RetentionOptions, 'maxPerRun' | 'maxPerOrg' | 'limits' | 'signer' | 'role' | 'logRetentionMs' | 'holder' | 'witness'>> {
  const { maxPerRun, maxPerOrg, limits } = configuration.retention
  return { maxPerRun, maxPerOrg, limits, signer: retentionSignerOf(configuration), ...told, holder: workerName(), witness: systemClock }
}

/** Containers may share a pid, and machines a name. */
function workerName(): string {
  return `${hostname()}, pid ${process.pid} (${randomUUID().slice(0, 8)})`
}
