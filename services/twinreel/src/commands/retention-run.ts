import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { RunReport } from '@twinreel/retention/run'
import { checkFailed, engineError } from '../command-error.ts'
import { counted, isoTime, size } from '../format.ts'
import { facts } from '../output.ts'
import { wholeNumber } from '../option-values.ts'
import type { Place } from '../place.ts'
import { action, addCommand } from '../program.ts'
import { retentionSettings } from '../retention-settings.ts'
import { withObjects } from '../with-engines.ts'

/** Longer than a worker that died keeps its turn. */
const WAIT_MS = 75_000
const ASK_EVERY_MS = 1_000

/** Runs, again and again while another worker has the turn; the last report when that one does not come to an end. */
async function inTurn(run: () => Promise<RunReport>, waiting: (holder: string) => void): Promise<RunReport> {
  for (let waitedMs = 0; ; waitedMs += ASK_EVERY_MS) {
    const report = await run()
    if (report.otherWorker === null || report.claimed + report.resumed > 0 || waitedMs >= WAIT_MS) return report
    if (waitedMs === 0) waiting(report.otherWorker.holder)
    await sleep(ASK_EVERY_MS)
  }
}

export function addRetentionRun(retention: Command): void {
  addCommand(
    retention,
    'run',
    'Delete what is due, now; also beside `serve`: waits for a run that another worker is in, up to a minute and a quarter, and leaves it to that one if it takes longer. Exits 1 when nothing was deleted because clock or catalog can’t be trusted, or of an organization because unusually much would go, or of users because their tier is unknown; 3 when the store did not delete everything, or lacks what is due, or the database has lost claims.',
    'twinreel retention run --json',
  )
    .option('--accept-clock', 'the clock is right although it lies before the last run’s')
    .option('--accept-missing <count>', 'exactly so many recordings that are due are lost for good: certify them as not found', wholeNumber(0))
    .option(
      '--log-retention-hours <hours>',
      'how long `serve` keeps the log, which certificates say (default: 72; on servers what is configured)',
      wholeNumber(1),
    )
    .action(
      action(
        async (
          { configuration, place, output },
          { acceptClock, acceptMissing, logRetentionHours }: { acceptClock?: boolean; acceptMissing?: number; logRetentionHours?: number },
        ) =>
          withObjects(
            place,
            async (engines) => {
              const { runRetention } = await import('@twinreel/retention/run')
              const { silentLogger } = await import('@twinreel/service/log')
              const run = () =>
                runRetention({
                  ...engines,
                  ...retentionSettings(configuration, { role: 'retention run', logRetentionMs: logRetentionOf(place, logRetentionHours) }),
                  log: silentLogger,
                  acceptClock: acceptClock === true,
                  ...(acceptMissing === undefined ? {} : { acceptMissing }),
                  retryAll: true,
                })
              const { nowMs, ...report } = await inTurn(run, (holder) => output.note(`waiting for a run of ${holder}`))
              const {
                resumed,
                claimed,
                purged,
                objects,
                sizeBytes,
                reappeared,
                kept,
                missing,
                failed,
                lostClaims,
                unnamed,
                waiting,
                halted,
                haltedWhy,
                haltedOrgs,
                unknownTiers,
                otherWorker,
              } = report
              await output.document(
                { now: isoTime(nowMs), ...report },
                facts([
                  ['judged at', isoTime(nowMs)],
                  ['resumed', resumed],
                  ['claimed', claimed],
                  ['deleted', `${purged} recordings, ${objects} objects, ${size(sizeBytes)}`],
                  ['kept after all', kept.length + unnamed.kept],
                  ['not deleted', failed.length + unnamed.failed],
                  ['due and not there', missing.length],
                  ...(lostClaims.length === 0 ? [] : [['claims lost', lostClaimText(lostClaims)] as const]),
                  ['waiting to be tried again', waiting],
                  ['came back and deleted again', `${reappeared} objects`],
                  ['more is due', moreWords(report)],
                  ['halted', haltedWords(halted, haltedOrgs)],
                  ...(unknownTiers.length === 0 ? [] : [['tier unknown', unknownTierText(unknownTiers)] as const]),
                  ...(otherWorker === null ? [] : [['left to', `${otherWorker.holder}, running since ${isoTime(otherWorker.sinceMs)}`] as const]),
                ]),
              )
              if (haltedWhy !== null && halted === 'wrong-store') throw engineError(haltedWhy)
              if (haltedWhy !== null) throw checkFailed(haltedWhy, halted === 'clock-jump' ? 'when this clock is right, run once with --accept-clock' : null)
              const [unclaimed] = lostClaims
              if (unclaimed !== undefined)
                throw engineError(
                  `the database has lost the claims of ${counted(lostClaims.length, 'recording')}, first ${unclaimed.recordingId}: ${lostClaimText(lostClaims)}`,
                  lostClaims.some(({ isDeleted }) => isDeleted)
                    ? 'look whether it was failed over or restored; the bucket’s journal has the claims of what is deleted: `twinreel catalog rebuild`'
                    : 'look whether it was failed over or restored, and run again: what is due is judged anew, and a catalog that is older than its bucket halts the run',
                )
              const [first] = failed
              if (first !== undefined)
                throw engineError(
                  `${failed.length + unnamed.failed} objects were not deleted, first ${first.key ?? first.recordingId}: ${first.error}`,
                  first.advice ?? 'they stay as they are: mend the store and run again',
                )
              const [lost] = missing
              if (lost !== undefined)
                throw engineError(
                  `the store has nothing of ${missing.length} recordings that are due, first ${lost}${acceptMissing === undefined ? '' : `; ${acceptMissing} were accepted`}`,
                  `they are neither deleted nor certified: \`twinreel reconcile\` names each row whose object is missing. Mount or restore what holds them; if they are lost for good, \`twinreel retention run --accept-missing ${missing.length}\``,
                )
              const [org] = haltedOrgs
              if (org !== undefined)
                throw checkFailed(
                  `halted for ${haltedOrgs.length} organizations, first ${org.orgId}: ${org.dueCount} of ${org.totalCount} recordings would be deleted, and nothing explains it`,
                  '`twinreel retention halts` says what to do about each',
                )
              if (unknownTiers.length > 0)
                throw checkFailed(
                  `kept, because the tier is unknown: ${unknownTierText(unknownTiers)}; their accounts say Go, and their tier histories something else`,
                  '`twinreel tiers check` says whose and what to do about each',
                )
              return 0
            },
            { puts: true },
          ),
      ),
    )
}

function unknownTierText(unknownTiers: RunReport['unknownTiers']): string {
  const sum = (of: 'owners' | 'recordings'): number => unknownTiers.reduce((all, org) => all + org[of], 0)
  return `${counted(sum('recordings'), 'recording')} of ${counted(sum('owners'), 'user')} in ${counted(unknownTiers.length, 'organization')}, first ${unknownTiers[0]?.orgId}`
}

function lostClaimText(lostClaims: RunReport['lostClaims']): string {
  const deleted = lostClaims.filter(({ isDeleted }) => isDeleted).length
  return `${lostClaims.length - deleted} not deleted, ${deleted} deleted and not certified`
}

/** Of what was not looked at nobody knows. */
function moreWords({ more, halted, haltedOrgs, otherWorker }: Pick<RunReport, 'more' | 'halted' | 'haltedOrgs' | 'otherWorker'>): string {
  if (halted !== null || otherWorker !== null) return 'not known'
  if (more) return 'yes: run again'
  return haltedOrgs.length === 0 ? 'no' : 'no, besides what is halted'
}

function haltedWords(halted: RunReport['halted'], haltedOrgs: RunReport['haltedOrgs']): string {
  if (halted !== null) return `altogether, nothing more is deleted: ${halted}`
  return haltedOrgs.length === 0 ? 'for no organization' : `for ${haltedOrgs.map(({ orgId }) => orgId).join(', ')}`
}

function logRetentionOf(place: Place, hours: number | undefined): number {
  return hours === undefined && place.kind === 'kafka' ? place.topics.logRetentionMs : (hours ?? 72) * 3_600_000
}
