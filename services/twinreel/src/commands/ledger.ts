import type { Command } from 'commander'
import type { LedgerFilter } from '@twinreel/catalog/ledger'
import { duration, isoTime, orDash } from '../format.ts'
import { checkKnown } from '../known-subject.ts'
import { oneOf } from '../option-values.ts'
import { allPages } from '../pages.ts'
import { action, addCommand } from '../program.ts'
import { withCatalog } from '../with-engines.ts'
import { addLedgerReconcile } from './ledger-reconcile.ts'

interface Options {
  call?: string
  owner?: string
  org?: string
  outcome?: 'recorded' | 'excluded' | 'failed'
}

export function addLedger(program: Command): void {
  const ledger = addCommand(
    program,
    'ledger',
    'Every recordable call and owner: recorded, excluded or failed, why, and with every millisecond named. Exits 1 when no call of that id is known.',
    'twinreel ledger --owner ada --json',
  )
  addLedgerReconcile(ledger)
  ledger
    .option('--call <id>', 'of this call alone')
    .option('--owner <id>', 'of this user alone')
    .option('--org <id>', 'of this organization alone')
    .addOption(oneOf('--outcome <outcome>', 'with this outcome alone', ['recorded', 'excluded', 'failed']))
    .action(
      action(async ({ place, output }, options: Options) =>
        withCatalog(place, async (catalog) => {
          const { listLedger } = await import('@twinreel/catalog/ledger')
          await checkKnown(catalog, place, options)
          const filter = filterOf(options)
          const entries = allPages(
            (page: Pick<LedgerFilter, 'after' | 'limit'>) => listLedger(catalog, { ...filter, ...page }),
            ({ callId, ownerId }) => ({ callId, ownerId }),
          )
          await output.list(entries, {
            columns: [
              { head: 'call', cell: ({ callId }) => callId },
              { head: 'owner', cell: ({ ownerId }) => ownerId },
              { head: 'outcome', cell: ({ outcome }) => outcome },
              { head: 'reason', cell: ({ reason }) => orDash(reason) },
              { head: 'captured', cell: ({ capturedMs }) => duration(capturedMs) },
              { head: 'paused', cell: ({ pausedMs }) => duration(pausedMs) },
              { head: 'held', cell: ({ heldMs }) => duration(heldMs) },
              { head: 'lost', cell: ({ lostMs }) => duration(lostMs) },
              { head: 'late', cell: ({ lateMs }) => duration(lateMs) },
            ],
            json: ({ timeZeroMs, endedLogMs, ...entry }) => ({ ...entry, answeredAt: isoTime(timeZeroMs), endedAt: isoTime(endedLogMs) }),
            empty: 'no recordable call',
          })
          return 0
        }),
      ),
    )
}

function filterOf({ call, owner, org, outcome }: Options): LedgerFilter {
  return {
    ...(call === undefined ? {} : { callId: call }),
    ...(owner === undefined ? {} : { ownerId: owner }),
    ...(org === undefined ? {} : { orgId: org }),
    ...(outcome === undefined ? {} : { outcome }),
  }
}
