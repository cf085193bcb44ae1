import type { Command } from 'commander'
import { checkFailed, engineError } from '../command-error.ts'
import { isoTime, size } from '../format.ts'
import { retentionSignerOf } from '../keys/signing.ts'
import { facts } from '../output.ts'
import { wholeNumber } from '../option-values.ts'
import type { Place } from '../place.ts'
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
    .option(
      '--log-retention-hours <hours>',
      'how long `serve` keeps the log, which certificates say (default: 72; on servers what is configured)',
      wholeNumber(1),
    )
    .action(
      action(async ({ configuration, place, output }, { acceptClock, logRetentionHours }: { acceptClock?: boolean; logRetentionHours?: number }) =>
        withObjects(
          place,
          async (engines) => {
            const { runRetention } = await import('@twinreel/retention/run')
            const { silentLogger } = await import('@twinreel/service/log')
            const { nowMs, ...report } = await runRetention({
              ...engines,
              signer: retentionSignerOf(configuration),
              role: 'retention run',
              logRetentionMs: logRetentionOf(place, logRetentionHours),
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

function logRetentionOf(place: Place, hours: number | undefined): number {
  return hours === undefined && place.kind === 'kafka' ? place.topics.logRetentionMs : (hours ?? 72) * 3_600_000
}
