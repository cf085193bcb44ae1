import type { Command } from 'commander'
import { becauseOf } from '../because.ts'
import { EXIT } from '../exit-codes.ts'
import { haltDocument, haltWords } from '../halt-document.ts'
import { nonEmpty, wholeNumber } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import { withAcknowledged } from '../with-engines.ts'

interface Options {
  org: string
  count: number
  reason: string
  actor?: string
}

export function addRetentionConfirm(retention: Command): void {
  addCommand(
    retention,
    'confirm',
    'Let retention delete what it was halted for: so many recordings of the organization and no more, if that is the number that its halt names now. Exits 1 when it is not.',
    'twinreel retention confirm --org acme --count 4312 --reason "everybody was moved to Go on purpose"',
  )
    .requiredOption('--org <id>', 'the organization')
    .requiredOption('--count <n>', 'how many recordings, as `retention halts` says', wholeNumber(1))
    .requiredOption('--reason <text>', 'why it is meant', nonEmpty(1_000))
    .option('--actor <name>', 'who says so (default: the operating system’s user)', nonEmpty(256))
    .action(
      action(async ({ configuration, output }, { org, count, ...because }: Options) => {
        const { confirmHalt } = await import('@twinreel/catalog/retention-halts')
        return withAcknowledged(configuration, {
          work: (catalog) => confirmHalt(catalog, { orgId: org, count, ...becauseOf(because) }),
          async tell(halt) {
            await output.document(haltDocument(halt), `${haltWords(halt)}; the next run does`)
            return EXIT.done
          },
        })
      }),
    )
}
