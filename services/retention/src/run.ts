import { CatalogRebuildingError, rebuildingSince } from '@twinreel/catalog/journal/rebuilding'
import { journalFault } from '@twinreel/catalog/journal/belongs'
import { journalHead, writeJournal } from '@twinreel/catalog/journal/write'
import { dueLooks } from '@twinreel/catalog/later-looks'
import { destroyForgottenKeys } from '@twinreel/catalog/media-keys'
import { markLateDeletions } from '@twinreel/catalog/late-deletions'
import { recordRefusals, waitingRetries } from '@twinreel/catalog/purge-retries'
import { claimedUnfinished, namelessClaims, type ClaimedRecording } from '@twinreel/catalog/retention'
import { recordPurged } from '@twinreel/catalog/purged'
import { forgetFuture } from '@twinreel/catalog/caught-up'
import { retentionWatermark, setRetentionWatermark } from '@twinreel/catalog/retention-clock'
import type { StoredPlace } from '@twinreel/catalog/stored-places'
import { lackingIn } from './accept-missing.ts'
import { claimDue } from './claim-due.ts'
import { clockFault, newClockGuard, type ClockGuard, type ClockReading } from './clock-guard.ts'
import { fewAtOnce, type FewAtOnce } from './few-at-once.ts'
import { lookAgain } from './look-again.ts'
import { lostSince, stillClaimed } from './lost-claims.ts'
import { MOST_NAMED } from './named.ts'
import { purgeObjects, type ToPurge } from './purge.ts'
import { refusalAdvice } from './refusal.ts'
import { BATCH, limitsOf, mostMissing, type RetentionOptions, type RunReport } from './run-options.ts'
import { lookAtStore, lookBeforeClaim, UnseenError, WRONG_STORE, type Looked } from './still-there.ts'
import { tellRun } from './tell-run.ts'
import { takeTurn, type WorkerTurn } from './worker-turn.ts'

export type { RetentionOptions, RunReport } from './run-options.ts'

/** While the store deletes a batch, the next one is claimed, journaled and deleted too, and the one before is certified. */
const BATCHES_AT_ONCE = 4
/** Longer than a call may last and recorders may be away; its media key is of no use to a call that never came. */
const FORGOTTEN_AFTER_MS = 30 * 24 * 3_600_000

/**
 * One run of retention: finishes what a crash or a failing store left claimed, then claims what is due, deletes its objects, looks that
 * nothing is left, and certifies it; looks again where it did so a while ago; destroys keys of calls that never came. Of several workers one runs at a time;
 * nothing depends on it. May be stopped or killed anywhere and run beside another. Deletes nothing when the clock can't be trusted, when catalog and bucket don't belong together, when the store lacks what the catalog keeps, or while the
 * catalog is rebuilt, and nothing of an organization of which unusually much would go. Throws when the catalog can't be used, or the store can't be looked at.
 */
export async function runRetention(options: RetentionOptions): Promise<RunReport> {
  const { catalog } = options
  const startedMs = performance.now()
  const run: Run = {
    options,
    guard: options.guard ?? newClockGuard(),
    turn: null,
    isChecked: false,
    witness: null,
    missing: new Set(),
    accepted: [],
    isLost: false,
    progress: newProgress(),
  }
  const { progress } = run
  const rebuilding = await rebuildingSince(catalog.db)
  const trusted = await trust(run, options.acceptClock === true ? null : await retentionWatermark(catalog))
  if (rebuilding !== null) halt(run, 'catalog-rebuilding', new CatalogRebuildingError(rebuilding).message)
  else if (trusted.fault !== null) halt(run, 'clock-jump', trusted.fault)
  else await runInTurn(run, trusted.now)
  const report: RunReport = { nowMs: trusted.now.wallMs + offsetOf(options), ...progress }
  tellRun(options.log, report, Math.round(performance.now() - startedMs))
  return report
}

type Progress = { -readonly [K in Exclude<keyof RunReport, 'nowMs' | 'kept' | 'missing' | 'failed' | 'lostClaims'>]: RunReport[K] } & {
  kept: RunReport['kept'][number][]
  missing: string[]
  failed: RunReport['failed'][number][]
  lostClaims: RunReport['lostClaims'][number][]
}

interface Run {
  options: RetentionOptions
  guard: ClockGuard
  turn: WorkerTurn | null
  /** Catalog and bucket belong together. */
  isChecked: boolean
  /** The store had something of it, and it was to stay. */
  witness: StoredPlace | null
  /** What this run has found missing. */
  missing: Set<string>
  /** Are due and missing, and somebody said so by their number. */
  accepted: readonly string[]
  /** So with what was claimed before, while nothing was there of what the catalog keeps. */
  isLost: boolean
  progress: Progress
}

function newProgress(): Progress {
  return {
    halted: null,
    haltedWhy: null,
    haltedOrgs: [],
    unknownTiers: [],
    otherWorker: null,
    resumed: 0,
    claimed: 0,
    purged: 0,
    objects: 0,
    sizeBytes: 0,
    reappeared: 0,
    kept: [],
    missing: [],
    failed: [],
    lostClaims: [],
    unnamed: { kept: 0, failed: 0 },
    waiting: 0,
    more: false,
  }
}

function halt({ progress }: Run, kind: NonNullable<RunReport['halted']>, why: string): void {
  progress.halted = kind
  progress.haltedWhy = why
}

async function runInTurn(run: Run, now: ClockReading): Promise<void> {
  const { options, progress } = run
  const { catalog } = options
  const taken = await takeTurn(catalog, { holder: options.holder ?? catalog.newId(), monotonicMs: monotonicOf(options) })
  if ('other' in taken) {
    progress.otherWorker = taken.other
    return
  }
  run.turn = taken.turn
  try {
    // A catalog that has never written a journal may be a new one, or not the right one.
    if ((await journalHead(catalog)) === null && !(await belongs(run))) return
    await setRetentionWatermark(catalog, now.wallMs)
    if (options.acceptClock === true) await forgetFuture(catalog, now.wallMs)
    await markLateDeletions(catalog)
    await acceptMissing(run)
    await inBatches((batches) => finishClaimed(run, batches))
    const due = await inBatches((batches) =>
      claimDue(options, {
        holder: taken.turn.holder,
        mayGoOn: () => mayGoOn(run),
        trustedMs: () => trustedMs(run),
        mayTouch: () => mayTouch(run),
        purge: (batch) => batches.begin(() => purge(run, batch)),
        look: (recordingIds) => look(run, recordingIds),
        accepted: run.accepted,
        lostTurn: async () => void (progress.otherWorker = await taken.turn.lostTo()),
      }),
    )
    progress.haltedOrgs = due.halted
    progress.unknownTiers = due.unknownTiers
    for (const kept of due.kept.items) progress.kept.push(kept)
    progress.unnamed = { kept: due.kept.unnamed, failed: progress.unnamed.failed + due.failed.unnamed }
    progress.missing.push(...due.missing)
    progress.failed.push(...due.failed.items.map((failure) => ({ ...failure, advice: refusalAdvice(failure.error) })))
    if (due.missing.length > mostMissing(options))
      halt(run, 'wrong-store', `the store has nothing of ${due.missing.length} recordings that are due. ${WRONG_STORE}`)
    progress.claimed = due.claimed
    progress.more = due.more
    await lookAgainAtAll(run)
    if (await mayGoOn(run)) await destroyForgottenKeys(catalog, trustedMs(run) - FORGOTTEN_AFTER_MS)
    progress.waiting = await waitingRetries(catalog)
    // A halt that a rebuilt catalog knew nothing of would be lifted by nobody.
    if (progress.purged > 0 || progress.haltedOrgs.length > 0) await writeJournal(catalog, options.store, options.signer)
  } finally {
    await taken.turn.end()
  }
}

/** A run ends, also with an error, only when every batch that was begun has. */
async function inBatches<T>(work: (batches: FewAtOnce) => Promise<T>): Promise<T> {
  const batches = fewAtOnce(BATCHES_AT_ONCE)
  try {
    return await work(batches)
  } finally {
    await batches.ended()
  }
}

/** Before anything is finished or claimed: whether the store lacks exactly as many as somebody says are lost. By another number nothing is accepted. */
async function acceptMissing(run: Run): Promise<void> {
  const { options, progress } = run
  if (options.acceptMissing === undefined || !(await mayGoOn(run)) || !(await belongs(run))) return
  try {
    const nowMs = trustedMs(run) + offsetOf(options)
    const { due, claimed, fault } = await lackingIn(options, { nowMs, unfinished: (afterId) => unfinished(options, afterId) })
    const count = due.length + claimed.length
    if (count > 0 && count === options.acceptMissing) {
      run.accepted = due
      run.isLost = fault !== null
    } else if (fault !== null) {
      progress.missing.push(...due, ...claimed)
      halt(run, 'wrong-store', `the store has nothing of ${count} recordings that are due or claimed, and ${options.acceptMissing} were accepted; ${fault}`)
    }
  } catch (error) {
    // What can't be looked at is not accepted, and the run tells of it.
    if (!(error instanceof UnseenError)) throw error
  }
}

async function unfinished({ catalog, retryAll }: RetentionOptions, afterId: string): Promise<ClaimedRecording[]> {
  return claimedUnfinished(catalog, { limit: BATCH, afterId, ...(retryAll === true ? {} : { nowMs: await catalog.nowMs() }) })
}

/** Every claim of a run names the rule by which it was made. */
const NAMELESS_CLAIM = {
  error: 'it is marked as claimed, and no rule is named: no run of retention did that',
  advice: 'look who wrote to the database, and take the mark back (claimed_at_ms) if nobody meant the recording to go',
}

async function finishClaimed(run: Run, batches: FewAtOnce): Promise<void> {
  const { options, progress } = run
  const nameless = await namelessClaims(options.catalog, { limit: MOST_NAMED })
  progress.failed.push(...nameless.recordingIds.map((recordingId) => ({ recordingId, key: null, ...NAMELESS_CLAIM })))
  progress.unnamed = { ...progress.unnamed, failed: nameless.count - nameless.recordingIds.length }
  let afterId = ''
  while (progress.resumed < limitsOf(options).perRun && (await mayGoOn(run))) {
    const batch = await unfinished(options, afterId)
    if (batch.length === 0 || !(await mayTouch(run))) return
    progress.resumed += batch.length
    await batches.begin(() => purge(run, batch))
    afterId = batch.at(-1)?.recordingId ?? afterId
  }
}

/** An error here is not one of the catalog's: what can't be looked at is left to the next run. */
async function look({ options: { catalog, store }, missing }: Run, recordingIds: readonly string[]): Promise<Looked | { error: string }> {
  try {
    const looked = await lookBeforeClaim(catalog, store, recordingIds)
    for (const recordingId of looked.missing) missing.add(recordingId)
    return looked
  } catch (error) {
    if (error instanceof UnseenError) return { error: error.message }
    throw error
  }
}

/** After everything else: what is due must not wait for it. */
async function lookAgainAtAll(run: Run): Promise<void> {
  const { options, progress } = run
  const { catalog, store, log } = options
  if ((await dueLooks(catalog, { limit: 1 })).length === 0) return
  let after: Awaited<ReturnType<typeof lookAgain>>['last'] = null
  for (let room = limitsOf(options).perRun; room > 0 && (await mayGoOn(run)) && (await mayTouch(run)); room -= BATCH) {
    const looked = await lookAgain({ catalog, store, limit: Math.min(BATCH, room), after })
    for (const { recordingId, objects } of looked.reappeared) {
      progress.reappeared += objects
      log.warn({ recordingId, objects }, 'objects came back after their recording was purged, and were deleted again')
    }
    progress.failed.push(...looked.failures.map((failure) => ({ ...failure, advice: refusalAdvice(failure.error) })))
    if (looked.last === null) return
    after = looked.last
  }
}

async function purge(run: Run, wanted: readonly ToPurge[]): Promise<void> {
  const { options, progress } = run
  const { catalog, store, log, signer, role, logRetentionMs, clockOffsetMs = 0 } = options
  // A catalog that is lost in between must not bring back what has begun to go.
  await writeJournal(catalog, store, signer)
  // Read after the journal: what is still claimed is in the bucket as well, so that a catalog that loses it later is not believed.
  const { batch, lost } = await stillClaimed(options, wanted)
  progress.lostClaims.push(...lost)
  if (batch.length === 0) return
  const { gone, objects, failures: refused } = await purgeObjects(store, batch)
  progress.objects += objects
  const unsure = gone.length === 0 ? null : await doubt(run)
  const failures = [...refused, ...(unsure === null ? [] : gone.map(({ recordingId }) => ({ recordingId, key: null, error: unsure })))]
  const noted = unsure === null ? await recordPurged(catalog, gone, { signer, role, logRetentionMs, clockOffsetMs }) : { certified: [], again: [] }
  for (const recordingId of noted.again)
    log.warn({ recordingId }, 'its row was taken back after it had been purged and certified: what was there is deleted, and its certificate stands')
  const certified = new Set(noted.certified)
  const again = new Set(noted.again)
  const uncertified = unsure === null ? gone.filter(({ recordingId }) => !certified.has(recordingId) && !again.has(recordingId)) : []
  progress.lostClaims.push(...(await lostSince(options, uncertified)))
  progress.purged += certified.size
  progress.sizeBytes += gone.filter((recording) => certified.has(recording.recordingId)).reduce((sum, recording) => sum + recording.sizeBytes, 0)
  progress.failed.push(...failures.map((failure) => ({ ...failure, advice: refusalAdvice(failure.error) })))
  // Without a key the store was not there at all, which is nothing about this recording.
  await recordRefusals(catalog, [...new Set(failures.flatMap(({ recordingId, key }) => (key === null ? [] : [recordingId])))])
}

/** Why what the store has nothing left of must not be certified; `null` when it may. A store that was unmounted or emptied meanwhile has nothing left of anything. */
async function doubt(run: Run): Promise<string | null> {
  try {
    return (await isRightStore(run)) ? null : 'the store lacks what the catalog keeps'
  } catch (error) {
    if (error instanceof UnseenError) return error.message
    throw error
  }
}

/** Clock and turn are asked for again before each batch: a long run may see the clock set, or stand still until another worker takes over. */
async function mayGoOn(run: Run): Promise<boolean> {
  const { options, progress, turn } = run
  if (options.signal?.aborted === true || progress.halted !== null || progress.otherWorker !== null) return false
  const { fault } = await trust(run, null)
  if (fault !== null) halt(run, 'clock-jump', fault)
  else progress.otherWorker = (await turn?.takenBy()) ?? null
  return fault === null && progress.otherWorker === null
}

/** Asked before the first object of a run is deleted: that catalog and bucket belong together, and that the bucket is whole. */
async function mayTouch(run: Run): Promise<boolean> {
  if (run.isChecked) return true
  if (!(await belongs(run))) return false
  try {
    run.isChecked = await isRightStore(run)
    return run.isChecked
  } catch (error) {
    // Nothing is certified until it can be looked at; why, is told of each recording that this concerns.
    if (error instanceof UnseenError) return true
    throw error
  }
}

async function belongs(run: Run): Promise<boolean> {
  const fault = await journalFault(run.options.catalog, run.options.store)
  if (fault !== null) halt(run, 'wrong-catalog', fault)
  return fault === null
}

/** Asked before the first object of a run is deleted, and before a deletion is certified: that the store has what the catalog keeps. */
async function isRightStore(run: Run): Promise<boolean> {
  const { catalog, store } = run.options
  if (run.isLost) return true
  const { fault, witness } = await lookAtStore(catalog, store, run)
  run.witness = witness
  if (fault !== null) halt(run, 'wrong-store', fault)
  return fault === null
}

/** Reads the clocks and, if they can be trusted, remembers them. */
async function trust({ options, guard }: Run, watermarkMs: number | null): Promise<{ now: ClockReading; fault: string | null }> {
  const now = { wallMs: await options.catalog.nowMs(), monotonicMs: monotonicOf(options)() }
  const fault = clockFault({ now, trusted: guard.trusted, watermarkMs, witnessMs: options.witness?.now() ?? null })
  if (fault === null) guard.trusted = now
  return { now, fault }
}

function monotonicOf({ monotonicMs }: RetentionOptions): () => number {
  return monotonicMs ?? (() => performance.now())
}

function offsetOf(options: RetentionOptions): number {
  return options.clockOffsetMs ?? 0
}

/** The time that was trusted last. */
function trustedMs({ guard: { trusted } }: Run): number {
  if (trusted === null) throw new Error('no clock was trusted yet')
  return trusted.wallMs
}
