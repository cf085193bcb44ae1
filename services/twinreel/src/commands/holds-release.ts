import type { Command } from 'commander'
import { addReasonOptions, becauseOf, type BecauseOptions } from '../because.ts'
import { usageError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'
import { counted } from '../format.ts'
import { line } from '../option-values.ts'
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
    .option('--matter <name>', 'every hold of this case', line('matter'))
  addReasonOptions(release).action(
    action(async ({ configuration, output }, { org: orgId, matter, ...options }: Options, [holdId]) => {
      const { releaseHold, releaseMatter } = await import('@twinreel/catalog/legal-holds')
      const because = becauseOf(options)
      if (holdId !== undefined && orgId === undefined && matter === undefined)
        return withAcknowledged(configuration, {
          work: (catalog) => releaseHold(catalog, { ...because, holdId }),
          async tell() {
            await output.document({ released: [holdId] }, `hold ${holdId} is released`)
            return EXIT.done
          },
        })
      if (holdId !== undefined || orgId === undefined || matter === undefined)
        throw usageError('what to release is not clear', 'give a hold’s id, or --org and --matter')
      return withAcknowledged(configuration, {
        work: (catalog) => releaseMatter(catalog, { ...because, orgId, matter }),
        async tell(released) {
          await output.document({ orgId, matter, released }, `matter ${matter}: ${counted(released.length, 'hold')} released`)
          return EXIT.done
        },
      })
    }),
  )
}
