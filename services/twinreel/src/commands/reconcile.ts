import type { Command } from 'commander'
import { checkFailed, engineError, usageError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'
import { orDash } from '../format.ts'
import { action, addCommand } from '../program.ts'

interface Options {
  deep?: boolean
  deleteLeftovers?: boolean
  deleteOrphans?: boolean
  confirm?: string
}

export function addReconcile(program: Command): void {
  addCommand(
    program,
    'reconcile',
    'Compare bucket and catalog: orphans (object, no row), ghosts (row, no object), leftovers of what was purged, foreign keys, sizes that are others, and recordings that are marked as purged without a certificate. Deletes nothing unless told to; may run beside recorders and retention. Exits 1 when anything was found.',
    'twinreel reconcile --json',
  )
    .option('--deep', 'read and hash every object too')
    .option('--delete-leftovers', 'then delete what is left of recordings whose certificates of deletion hold')
    .option('--delete-orphans', 'then delete orphans whose recording no row and no signed manifest knows; needs --confirm')
    .option('--confirm <count>', 'how many orphans that must be')
    .action(
      action(async ({ configuration, place, output }, { deep, deleteLeftovers, deleteOrphans, confirm }: Options) => {
        const confirmed = confirm === undefined ? null : /^\d{1,15}$/.test(confirm) ? Number(confirm) : null
        if ((deleteOrphans === true) !== (confirmed !== null))
          throw usageError('--delete-orphans and --confirm COUNT go together', 'run `twinreel reconcile` first: it counts them')
        const { trustedKeysOf } = await import('../keys/signing.ts')
        const { reconcilePlace } = await import('../reconcile/reconcile-place.ts')
        const progress = output.progress()
        const told = await reconcilePlace(place, {
          keys: trustedKeysOf(configuration),
          isDeep: deep === true,
          isDeletingLeftovers: deleteLeftovers === true,
          confirmedOrphans: confirmed,
          progress: (seen) => progress.update(`${seen} objects and rows seen`),
          list: (findings) =>
            output.list(findings, {
              columns: [
                { head: 'kind', cell: ({ kind }) => kind },
                { head: 'key', cell: ({ key }) => key },
                { head: 'bytes', cell: ({ sizeBytes }) => orDash(sizeBytes) },
                { head: 'why', cell: ({ why }) => why },
              ],
              json: (finding) => finding,
              empty: 'bucket and catalog agree',
            }),
        })
        progress.end()
        const { report, deletions, refused } = told
        const { 'in-flight': inFlight, ...wrong } = report.counts
        const counted = Object.entries(wrong).map(([kind, count]) => `${count} ${kind}`)
        output.note(
          `${report.objects} objects, ${report.rows} rows: ${counted.join(', ')}; ${inFlight} in flight; ${told.deletableOrphans} orphans could be deleted`,
        )
        for (const [what, { deleted, failed }] of Object.entries(deletions)) {
          output.note(`${what}: ${deleted} objects deleted, ${failed.length} not`)
          const [first] = failed
          if (first !== undefined)
            throw engineError(`${failed.length} ${what} were not deleted, first ${first.key}: ${first.error}`, 'mend the store and run again')
        }
        if (refused !== null) throw checkFailed(`nothing was deleted: ${refused}`)
        return Object.values(wrong).every((count) => count === 0) ? EXIT.done : EXIT.checkFailed
      }),
    )
}
