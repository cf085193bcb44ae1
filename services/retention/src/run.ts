import type { JournalSigner } from '@twinreel/catalog/journal/object'
import { CatalogRebuildingError, rebuildingSince } from '@twinreel/catalog/journal/rebuilding'
import { writeJournal } from '@twinreel/catalog/journal/write'
import { destroyForgottenKeys } from '@twinreel/catalog/media-keys'
import type { Catalog } from '@twinreel/catalog/open'
import { claimForPurge, claimedUnfinished, dueCandidates, type ClaimedRecording } from '@twinreel/catalog/retention'
import { recordPurged } from '@twinreel/catalog/purged'
import { retentionWatermark, setRetentionWatermark } from '@twinreel/catalog/retention-clock'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { Clock } from '@twinreel/service/clock'
import type { Logger } from '@twinreel/service/log'
import { clockFault, newClockGuard, type ClockGuard, type ClockReading } from './clock-guard.ts'
import { lookAgain } from './look-again.ts'
import { purgeObjects, type PurgeFailure } from './purge.ts'

export interface RetentionOptions {
  catalog: Catalog
  store: ObjectStore
  log: Logger
  /** Recordings are judged as if it were this much later: for demonstrations and tests, which can't wait thirty days. */
  clockOffsetMs?: number
  /** Recordings claimed at most; the rest goes with the next run. 10,000 by default. */
  maxPerRun?: number
  /** Signs the tombstones, which are entries of the journal. */
  signer?: JournalSigner | null
  /** What this process remembers of the clock between runs; without one only the catalog's watermark is known. */
  guard?: ClockGuard
  /** The worker's own clock, where it is another one than the catalog's. */
  witness?: Clock
  /** An operator says that the clock is right although it lies before the last run's. */
  acceptClock?: boolean
  monotonicMs?: () => number
  /** Stops between two batches. */
  signal?: AbortSignal
}

export interface RunReport {
  /** The time recordings were judged by, offset included. */
  nowMs: number
  halted: 'clock-jump' | 'catalog-rebuilding' | null
  haltedWhy: string | null
  /** Claims of earlier runs that were found unfinished. */
  resumed: number
  claimed: number
  purged: number
  objects: number
  sizeBytes: number
  /** Objects that lay again where a purge had left nothing, and were deleted. */
  reappeared: number
  /** Looked due and stayed, because of what changed until the claim. */
  kept: readonly { recordingId: string; why: string }[]
  /** Stay claimed; the next run tries again. */
  failed: readonly PurgeFailure[]
  /** More is due than one run takes. */
  more: boolean
}

/** Recordings claimed in one transaction and deleted together: some hundred keys a request. */
const BATCH = 200
/** Longer than a call may last and recorders may be away; its media key is of no use to a call that never came. */
const FORGOTTEN_AFTER_MS = 30 * 24 * 3_600_000

/**
 * One run of retention: finishes what a crash or a failing store left claimed, then claims what is due, deletes its objects, looks that
 * nothing is left, and certifies it; looks again where it did so a while ago; destroys keys of calls that never came. May be stopped or killed anywhere and run beside another. Throws when the catalog can't be used.
 */
export async function runRetention(options: RetentionOptions): Promise<RunReport> {
  const { catalog, log } = options
  const startedMs = performance.now()
  const guard = options.guard ?? newClockGuard()
  const progress: Progress = { haltedWhy: null, resumed: 0, claimed: 0, purged: 0, objects: 0, sizeBytes: 0, reappeared: 0, kept: [], failed: [], more: false }
  const rebuilding = await rebuildingSince(catalog.db)
  const trusted = await trust(options, guard, options.acceptClock === true ? null : await retentionWatermark(catalog))
  progress.haltedWhy = rebuilding === null ? trusted.fault : new CatalogRebuildingError(rebuilding).message
  if (progress.haltedWhy === null) {
    await setRetentionWatermark(catalog, trusted.now.wallMs)
    await finishClaimed(options, guard, progress)
    await claimDue(options, guard, progress)
    await lookAgainAtAll(options, guard, progress)
    if (await mayGoOn(options, guard, progress)) await destroyForgottenKeys(catalog, trustedMs(guard) - FORGOTTEN_AFTER_MS)
    if (progress.purged > 0) await writeJournal(catalog, options.store, options.signer ?? null)
  }
  const { haltedWhy, kept, failed, resumed, claimed, purged, objects, sizeBytes, reappeared } = progress
  const counts = {
    resumed,
    claimed,
    purged,
    kept: kept.length,
    failed: failed.length,
    objects,
    sizeBytes,
    reappeared,
    durationMs: Math.round(performance.now() - startedMs),
  }
  for (const failure of failed)
    log.warn({ recordingId: failure.recordingId, key: failure.key, error: failure.error }, 'object not deleted, the next run tries again')
  const halted = haltedWhy === null ? null : rebuilding === null ? 'clock-jump' : 'catalog-rebuilding'
  if (halted !== null)
    log.error(
      { halted, error: haltedWhy, ...counts },
      halted === 'clock-jump' ? 'retention halted: the clock can’t be trusted' : 'retention halted: the catalog is being rebuilt',
    )
  else if (resumed + claimed + kept.length + reappeared > 0) log.info(counts, 'retention run')
  else log.debug(counts, 'retention run')
  return { nowMs: trusted.now.wallMs + offsetOf(options), halted, ...progress }
}

type Progress = { -readonly [K in 'haltedWhy' | 'resumed' | 'claimed' | 'purged' | 'objects' | 'sizeBytes' | 'reappeared' | 'more']: RunReport[K] } & {
  kept: { recordingId: string; why: string }[]
  failed: PurgeFailure[]
}

async function finishClaimed(options: RetentionOptions, guard: ClockGuard, progress: Progress): Promise<void> {
  let afterId = ''
  while (progress.resumed < limitOf(options) && (await mayGoOn(options, guard, progress))) {
    const batch = await claimedUnfinished(options.catalog, { limit: BATCH, afterId })
    if (batch.length === 0) return
    progress.resumed += batch.length
    await purge(options, batch, progress)
    afterId = batch.at(-1)?.recordingId ?? afterId
  }
}

async function claimDue(options: RetentionOptions, guard: ClockGuard, progress: Progress): Promise<void> {
  const { catalog } = options
  const clockOffsetMs = offsetOf(options)
  let afterId = ''
  while (await mayGoOn(options, guard, progress)) {
    const judgedMs = trustedMs(guard)
    const room = limitOf(options) - progress.claimed
    // One more than is taken, to know whether anything is left.
    const found = await dueCandidates(catalog, { nowMs: judgedMs + clockOffsetMs, limit: Math.min(BATCH, room) + 1, afterId })
    if (found.length === 0) return
    if (room <= 0) {
      progress.more = true
      return
    }
    const candidates = found.slice(0, Math.min(BATCH, room))
    const outcomes = await claimForPurge(catalog, candidates, { clockOffsetMs, atMostMs: judgedMs })
    const claimed = outcomes.filter((outcome) => outcome.kind === 'claimed').map((outcome) => outcome.recordingId)
    for (const outcome of outcomes) if (outcome.kind === 'kept') progress.kept.push({ recordingId: outcome.recordingId, why: outcome.why })
    progress.claimed += claimed.length
    await purge(options, await claimedUnfinished(catalog, { limit: BATCH, only: claimed }), progress)
    afterId = candidates.at(-1) ?? afterId
  }
}

/** After everything else: what is due must not wait for it. */
async function lookAgainAtAll(options: RetentionOptions, guard: ClockGuard, progress: Progress): Promise<void> {
  const { catalog, store, log } = options
  let after: Awaited<ReturnType<typeof lookAgain>>['last'] = null
  for (let room = limitOf(options); room > 0 && (await mayGoOn(options, guard, progress)); room -= BATCH) {
    const looked = await lookAgain({ catalog, store, limit: Math.min(BATCH, room), after })
    for (const { recordingId, objects } of looked.reappeared) {
      progress.reappeared += objects
      log.warn({ recordingId, objects }, 'objects came back after their recording was purged, and were deleted again')
    }
    progress.failed.push(...looked.failures)
    if (looked.last === null) return
    after = looked.last
  }
}

async function purge(
  { catalog, store, signer = null, clockOffsetMs = 0 }: RetentionOptions,
  batch: readonly ClaimedRecording[],
  progress: Progress,
): Promise<void> {
  // A catalog that is lost in between must not bring back what has begun to go.
  await writeJournal(catalog, store, signer)
  const { gone, objects, failures } = await purgeObjects(store, batch)
  const certified = new Set(await recordPurged(catalog, gone, { clockOffsetMs }))
  progress.purged += certified.size
  progress.objects += objects
  progress.sizeBytes += gone.filter((recording) => certified.has(recording.recordingId)).reduce((sum, recording) => sum + recording.sizeBytes, 0)
  progress.failed.push(...failures)
}

/** The clock is asked again before each batch: it may be set while a long run deletes. */
async function mayGoOn(options: RetentionOptions, guard: ClockGuard, progress: Progress): Promise<boolean> {
  if (options.signal?.aborted === true || progress.haltedWhy !== null) return false
  progress.haltedWhy = (await trust(options, guard, null)).fault
  return progress.haltedWhy === null
}

/** Reads the clocks and, if they can be trusted, remembers them. */
async function trust(options: RetentionOptions, guard: ClockGuard, watermarkMs: number | null): Promise<{ now: ClockReading; fault: string | null }> {
  const now = { wallMs: await options.catalog.nowMs(), monotonicMs: (options.monotonicMs ?? (() => performance.now()))() }
  const fault = clockFault({ now, trusted: guard.trusted, watermarkMs, witnessMs: options.witness?.now() ?? null })
  if (fault === null) guard.trusted = now
  return { now, fault }
}

/** The time that was trusted last. What is decided by it is right, also when the clock is set before it is done. */
function trustedMs({ trusted }: ClockGuard): number {
  if (trusted === null) throw new Error('no clock was trusted yet')
  return trusted.wallMs
}

function limitOf(options: RetentionOptions): number {
  return options.maxPerRun ?? 10_000
}

function offsetOf(options: RetentionOptions): number {
  return options.clockOffsetMs ?? 0
}
