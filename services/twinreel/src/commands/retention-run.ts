import type { Command } from 'commander'
import { checkFailed, engineError } from '../command-error.ts'
import { isoTime, size } from '../format.ts'
import { journalSignerOf } from '../keys/signing.ts'
import { facts } from '../output.ts'
import { action, addCommand } from '../program.ts'
import { withObjects } from '../with-engines.ts'

export function addRetentionRun(retention: Command): void {
  addCommand(
    retention,
    'run',
    'Delete what is due, now; may run beside `serve`. Exits 1 when the clock can’t be trusted and nothing was deleted, 3 when the store did not delete everything.',
    'twinreel retention run --json',
  )
    .option('--accept-clock', 'the clock is right although it lies before the last run’s')
    .action(
      action(async ({ configuration, place, output }, { acceptClock }: { acceptClock?: boolean }) =>
        withObjects(
          place,
          async (engines) => {
            const { runRetention } = await import('@twinreel/retention/run')
            const { silentLogger } = await import('@twinreel/service/log')
            const { nowMs, ...report } = await runRetention({
              ...engines,
              signer: journalSignerOf(configuration),
              log: silentLogger,
              acceptClock: acceptClock === true,
            })
            const { resumed, claimed, purged, objects, sizeBytes, kept, failed, haltedWhy, more } = report
            await output.document(
              { now: isoTime(nowMs), ...report },
              facts([
                ['judged at', isoTime(nowMs)],
                ['resumed', resumed],
                ['claimed', claimed],
                ['deleted', `${purged} recordings, ${objects} objects, ${size(sizeBytes)}`],
                ['kept after all', kept.length],
                ['not deleted', failed.length],
                ['more is due', more ? 'yes: run again' : 'no'],
              ]),
            )
            if (haltedWhy !== null)
              throw checkFailed(haltedWhy, report.halted === 'catalog-rebuilding' ? null : 'when this clock is right, run once with --accept-clock')
            const [first] = failed
            if (first !== undefined)
              throw engineError(
                `${failed.length} objects were not deleted, first ${first.key ?? first.recordingId}: ${first.error}`,
                'they stay claimed: mend the store and run again',
              )
            return 0
          },
          { puts: true },
        ),
      ),
    )
}
