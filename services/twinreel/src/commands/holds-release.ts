import type { Command } from 'commander'
import { addReasonOptions, becauseOf, type BecauseOptions } from '../because.ts'
import { usageError } from '../command-error.ts'
import { counted } from '../format.ts'
import { nonEmpty } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import { withAcknowledged } from '../with-engines.ts'

interface Options extends BecauseOptions {
  org?: string
  matter?: string
}

export function addHoldsRelease(holds: Command): void {
  const release = addCommand(
    holds,
    'release [hold]',
    'Release one hold, or all of a matter. What is due by then goes with the next run of retention, not before.',
    'twinreel holds release --org acme --matter "Smith v. Acme" --reason "settled"',
  )
    .option('--org <id>', 'the matter’s organization')
    .option('--matter <name>', 'every hold of this case', nonEmpty(256))
  addReasonOptions(release).action(
    action(async ({ configuration, output }, { org: orgId, matter, ...options }: Options, [holdId]) => {
      const { releaseHold, releaseMatter } = await import('@twinreel/catalog/legal-holds')
      const because = becauseOf(options)
      if (holdId !== undefined && orgId === undefined && matter === undefined) {
        await withAcknowledged(configuration, (catalog) => releaseHold(catalog, { ...because, holdId }))
        await output.document({ released: [holdId] }, `hold ${holdId} is released`)
        return 0
      }
      if (holdId !== undefined || orgId === undefined || matter === undefined)
        throw usageError('what to release is not clear', 'give a hold’s id, or --org and --matter')
      const released = await withAcknowledged(configuration, (catalog) => releaseMatter(catalog, { ...because, orgId, matter }))
      await output.document({ orgId, matter, released }, `matter ${matter}: ${counted(released.length, 'hold')} released`)
      return 0
    }),
  )
}
