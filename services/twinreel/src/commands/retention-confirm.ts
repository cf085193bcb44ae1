import type { Command } from 'commander'
import { BRAKE_LIMITS } from '@twinreel/recording/brake'
import { addReasonOptions, becauseOf, type BecauseOptions } from '../because.ts'
import { EXIT } from '../exit-codes.ts'
import { haltDocument, haltWords } from '../halt-document.ts'
import { checkKnown } from '../known-subject.ts'
import { wholeNumber } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import { withAcknowledged } from '../with-engines.ts'

interface Options extends BecauseOptions {
  org: string
  count: number
}

export function addRetentionConfirm(retention: Command): void {
  const confirm = addCommand(
    retention,
    'confirm',
    'Let retention delete what it is halted for: the recordings of the organization that would go unexplained now, and nothing that is due later, if they are so many. Exits 1 when they are not.',
    'twinreel retention confirm --org acme --count 4312 --reason "everybody was moved to Go on purpose"',
  )
    .requiredOption('--org <id>', 'the organization')
    .requiredOption('--count <n>', 'how many recordings, as `retention halts` says', wholeNumber(1))
  addReasonOptions(confirm).action(
    action(async ({ configuration, output }, { org: orgId, count, ...because }: Options) => {
      const { confirmHalt } = await import('@twinreel/catalog/confirm-halt')
      const { place, retention: settings } = configuration
      const limits = { ...BRAKE_LIMITS, ...settings.limits }
      return withAcknowledged(configuration, {
        async work(catalog) {
          await checkKnown(catalog, place, { org: orgId })
          return confirmHalt(catalog, { orgId, count, limits, ...becauseOf(because) })
        },
        async tell(halt) {
          await output.document(haltDocument(halt), `${haltWords(halt)}; the next run does`)
          return EXIT.done
        },
      })
    }),
  )
}
