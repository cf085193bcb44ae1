import { loadSessions } from '@twinreel/catalog/recorder'
import { knownCall } from '@twinreel/catalog/recorder/known-call'
import { writtenDown } from '@twinreel/catalog/recorder/written-down'
import { policiesFor } from '@twinreel/catalog/policies'
import type { RecorderChange } from '@twinreel/catalog/recorder-changes'
import type { CallCommand } from '@twinreel/contracts/call-commands'
import { decodeCallEvent, encodeCommand, type CallEvent } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { Batch, LogRecord, NewRecord, PartitionRange } from '@twinreel/event-log/port'
import type { Effect } from '@twinreel/recording/effects'
import type { Policies } from '@twinreel/recording/policy'
import { fold, type Folded } from '@twinreel/recording/session/fold'
import { openObligations } from '@twinreel/recording/session/obligations'
import type { CallState } from '@twinreel/recording/session/state'
import { dropBelow } from './audio-buffer.ts'
import { piecePool, type FreeMemory } from './audio-pieces.ts'
import { awakeTime } from './awake-time.ts'
import { committer, type Progress } from './committer.ts'
import { deadLetter } from './dead-letters.ts'
import type { RecorderDeps, RecorderOptions } from './deps.ts'
import { SOURCE, plainChange } from './effect-changes.ts'
import { keepAudio } from './keep-audio.ts'
import { isPast, newSession, pastSession, releaseKept, type LiveSession } from './live-session.ts'
import { endedJob, segmentJob } from './object-jobs.ts'
import { policyRequest } from './policy-request.ts'
import { isCut, restoreSessions } from './restore.ts'
import { timersDue } from './silence.ts'
import { isEmptyFrom } from './log-end.ts'
import { isObligation } from './obligation.ts'
import { openMedia } from './open-media.ts'
import { partitionLease } from './partition-lease.ts'
import type { PartitionStats } from './partition-stats.ts'
import { patience } from './patience.ts'
import type { StoreWriter } from './store-writer.ts'
import { takeOver } from './take-over.ts'

export interface PartitionRecorder {
  /** Takes the partition over; answers where to read from. */
  assign(range: PartitionRange): Promise<number>
  take(batch: Batch): Promise<void>
  /** Appends timers for calls that have said nothing for too long, if the log has been read to its end. */
  tick(): Promise<void>
  /** Commits what can be committed; resolves when nothing is under way. */
  drain(): Promise<void>
  /** Does nothing more: what is not committed is void, what waits to be written is not written. */
  abandon(): void
  stats(): PartitionStats
}

/** Answers held back during a silent fold, at most. */
const MOST_HELD = 1_000

interface Shared {
  deps: RecorderDeps
  options: RecorderOptions
  writer: StoreWriter
  free: FreeMemory
  /** Something was committed that the outbox should send on. */
  committed(): void
  /** The fold has come to what was the log's end at the assignment. */
  caughtUp(): void
  /** Nothing is tried again any more. */
  stopping: AbortSignal
  /** Another recorder has the partition: everything here is void. */
  lost(recorder: PartitionRecorder, error: unknown): void
}

export function partitionRecorder(partition: number, shared: Shared): PartitionRecorder {
  const { deps, options, writer } = shared
  const topic = TOPICS.calls
  const sessions = new Map<string, LiveSession>()
  const awake = awakeTime(deps.monotonicMs)
  const pool = piecePool(shared.free)
  const patiently = patience(deps, { stopping: shared.stopping, isVoid: () => isVoid, partition })
  const lease = partitionLease(deps, { topic, partition, patiently, lost: (error) => shared.lost(recorder, error) })
  const progress: Progress = { nextOffset: 0, endOffset: 0, performedOffset: 0, logMs: 0 }
  const commits = committer({
    deps,
    options,
    topic,
    partition,
    sessions,
    progress,
    patiently,
    now: lease.now,
    committed(began) {
      lease.confirmed(began)
      shared.committed()
    },
    folding: () => folding,
    holdsCommands: () => outgoing.length > 0,
    lost: (error) => shared.lost(recorder, error),
  })
  let outgoing: NewRecord[] = []
  /** The batch under way and the commands it asks for. */
  let folding: Promise<void> | null = null
  let isTicking = false
  let isVoid = false
  /** Below this the fold is silent: what it asks for was asked before, or is owed and asked for when the end is reached. */
  let silentUntil = 0
  let epoch = 0
  let logIdentity = ''
  /** Append time of the last message folded here. */
  let readToMs: number | null = null
  const counted = { deadLetters: 0, duplicateEvents: 0, duplicateAudioMs: 0, lateAudioMs: 0 }

  async function assign(given: PartitionRange): Promise<number> {
    logIdentity = await patiently(() => deps.eventLog.identity())
    const { range, claim, asked } = await takeOver(deps, { given, logIdentity, patiently, stopping: shared.stopping, now: lease.now })
    lease.begin(claim.epoch, asked)
    const from = Math.min(Math.max(claim.safeOffset ?? range.firstOffset, range.firstOffset), range.endOffset)
    // The last offsets may be those of messages which no reader ever sees: no batch would say so.
    const endOffset = from < range.endOffset && (await isEmptyFrom(deps, { topic, partition, fromOffset: from, patiently })) ? from : range.endOffset
    silentUntil = endOffset
    Object.assign(progress, { nextOffset: from, endOffset, performedOffset: claim.performedOffset, logMs: deps.clock.now() })
    commits.begin(claim.epoch, from)
    const { firstOffset } = range
    const stored = await patiently(() => loadSessions(deps.catalog, { topic, partition }))
    const cut = stored.filter((row) => isCut(row, firstOffset)).map(({ callId }) => callId)
    const written = await patiently(() => writtenDown(deps.catalog, cut))
    const restored = restoreSessions(stored, { firstOffset, now: { logMs: progress.logMs, awakeMs: awake.nowMs() }, written })
    for (const session of restored.sessions) sessions.set(session.callId, session)
    for (const { session, effects, stateBefore, offset } of restored.lost) {
      deps.log.error({ callId: session.callId }, 'the log no longer holds unsealed audio of this call; its recordings end with a named loss')
      session.needsCheckpoint = true
      commits.touch(session)
      perform(
        session,
        effects,
        { topic, partition, offset, key: session.callId, headers: {}, value: null, sizeBytes: 0, appendedAtMs: progress.logMs },
        stateBefore,
      )
      session.lastOffset = from - 1
    }
    deps.log.info({ partition, epoch: claim.epoch, offset: from, lag: range.endOffset - from, calls: sessions.size }, 'partition assigned')
    epoch = claim.epoch
    deps.observe?.assigned()
    if (from >= silentUntil) await caughtUp()
    commits.pump()
    return from
  }

  async function take(batch: Batch): Promise<void> {
    await writer.room()
    const { promise, resolve } = Promise.withResolvers<void>()
    folding = promise
    try {
      await takeBatch(batch)
    } catch (error) {
      // What was folded and not asked for must be folded again: nothing of it may be committed.
      abandon()
      throw error
    } finally {
      folding = null
      resolve()
    }
    commits.checkpointOverdue()
    commits.pump()
  }

  async function takeBatch(batch: Batch): Promise<void> {
    progress.endOffset = batch.endOffset
    deps.observe?.folded(batch.records.length)
    for (const record of batch.records) {
      if (commits.isLost()) return
      if (silentUntil !== -1 && record.offset >= silentUntil) await caughtUp()
      await takeRecord(record)
      progress.nextOffset = record.offset + 1
      readToMs = record.appendedAtMs
      progress.logMs = Math.max(progress.logMs, record.appendedAtMs)
    }
    if (silentUntil === -1) await sendCommands()
    // The end may have been that of messages which a reader never sees.
    else if (progress.nextOffset >= Math.min(silentUntil, batch.endOffset)) await caughtUp()
    // Answers wait for what is owed before them, but not without bound.
    else if (outgoing.length > MOST_HELD) await sendCommands()
  }

  function abandon(): void {
    isVoid = true
    lease.end()
    commits.abandon()
  }

  async function takeRecord(record: LogRecord): Promise<void> {
    if (record.value === null) return refuse(record, 'too-large', `${record.sizeBytes} bytes, at most ${options.maxValueBytes} are read`)
    const decoded = decodeCallEvent({ key: record.key, headers: record.headers, value: record.value })
    if (!decoded.ok) return refuse(record, decoded.reason, decoded.detail)
    const session = sessions.get(decoded.message.callId) ?? (await openSession(decoded.message, record))
    if (session === null) return
    // Before its checkpoint a call has been folded already; up to its end it is done with.
    if (record.offset <= session.lastOffset) return
    if (isPast(session)) return refuseEnded(decoded.message, record)
    const { state: stateBefore } = session
    const opened = await openMedia(decoded.message, stateBefore, { ...deps, known: session.mediaKeys, patiently })
    if (!opened.ok) {
      session.lastOffset = record.offset
      refuse(record, opened.reason, opened.detail)
      return answerAwaited(decoded.message, record)
    }
    const { event } = opened
    const asked = policyRequest(stateBefore, event, record.appendedAtMs)
    const policies = asked === null ? {} : await patiently(() => policiesFor(deps.catalog, asked))
    const folded = foldOrRefuse(stateBefore, event, policies, record)
    session.lastOffset = record.offset
    if (folded === null && stateBefore === null) sessions.delete(session.callId)
    if (folded === null) return
    session.state = folded.state
    deps.observe?.decided?.({ offset: record.offset, event, state: folded.state }, folded.effects)
    if (event.type !== 'timer.due') Object.assign(session, { lastHeardLogMs: record.appendedAtMs, heardAwakeMs: awake.nowMs() })
    if (event.type === 'media') keepAudio(session, pool, event, { placed: folded.placed, offset: record.offset, stateBefore })
    if (folded.effects.length > 0) perform(session, folded.effects, record, stateBefore)
    if (folded.state?.phase === 'closed' && session.endedOffset === null) {
      session.endedOffset = record.offset
      session.needsCheckpoint = true
      commits.touch(session)
    }
    if (folded.state !== null && (stateBefore === null || folded.state.floorMs !== stateBefore.floorMs)) {
      dropBelow(session.buffer, pool, folded.state.floorMs)
      releaseKept(session)
    }
    if (folded.state?.phase === 'closed') dropBelow(session.buffer, pool, Number.POSITIVE_INFINITY)
    if (folded.state === null) sessions.delete(session.callId)
  }

  /** A publisher that waits is answered also when there was nothing to do with its event. */
  function answerAwaited(event: CallEvent, record: LogRecord): void {
    if (event.awaits) command(record, `${event.callId}/h/${event.id}`, event.callId, { type: 'event.handled', data: { eventId: event.id } })
  }

  /** A fault in the fold costs the one message it fails on, not the partition: everybody else's calls stand behind it. */
  function foldOrRefuse(state: CallState | null, event: CallEvent, policies: Policies, record: LogRecord): Folded | null {
    try {
      return fold(state, event, policies)
    } catch (error) {
      deps.log.error({ callId: event.callId, partition, offset: record.offset, type: event.type, error }, 'a message could not be folded')
      refuse(record, 'not-folded', `${event.type}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 500))
      answerAwaited(event, record)
      return null
    }
  }

  /** A call's first message here. A call that ended long ago stays ended; its name can't be used again. */
  async function openSession(event: CallEvent, record: LogRecord): Promise<LiveSession | null> {
    const known = await patiently(() => knownCall(deps.catalog, event.callId))
    const { over } = known
    if (over !== null && (over.logIdentity !== logIdentity || record.offset > over.offset)) {
      refuseEnded(event, record)
      return null
    }
    const fresh = newSession(event.callId, record.offset, { logMs: record.appendedAtMs, awakeMs: awake.nowMs() })
    const session = over === null ? { ...fresh, endedRecordings: new Set(known.endedRecordings) } : pastSession(fresh, over.offset)
    sessions.set(event.callId, session)
    return session
  }

  function refuseEnded(event: CallEvent, record: LogRecord): void {
    refuse(record, 'call-ended', `${event.type} after the end of the call`)
    answerAwaited(event, record)
  }

  function perform(session: LiveSession, effects: readonly Effect[], record: LogRecord, stateBefore: CallState | null): void {
    const orgId = session.state?.orgId ?? ''
    const pendingBefore = session.pending.length
    const ready = (change: RecorderChange): void => void session.pending.push({ offset: record.offset, stateBefore, change, start: null })
    const work = (job: () => Promise<RecorderChange | null>, atHead: boolean): void => {
      const pending: LiveSession['pending'][number] = { offset: record.offset, stateBefore, change: null, start: null }
      const start = (): void => {
        pending.start = null
        job().then(
          (change) => {
            pending.change = change
            commits.touch(session)
            commits.pump()
          },
          (error: unknown) => shared.lost(recorder, error),
        )
      }
      session.pending.push(pending)
      if (atHead) pending.start = start
      else start()
    }
    for (const effect of effects) {
      switch (effect.kind) {
        case 'command':
          command(record, effect.id, session.callId, effect.command)
          break
        case 'dead-letter':
          refuse(record, effect.reason, effect.detail)
          break
        case 'counted':
          count(effect)
          break
        case 'segment.sealed':
          if (isDone(session, effect.segment.recordingId, effect.segment.index)) break
          work(segmentJob({ writer, segment: effect.segment, buffer: session.buffer, pool, lease }), false)
          break
        case 'recording.ended':
          if (session.endedRecordings.has(effect.recordingId)) break
          work(endedJob({ deps, patiently, writer, effect, callId: session.callId, record, lease }), true)
          break
        default:
          ready(plainChange(effect, session.callId, orgId, record))
      }
    }
    if (session.pending.length > pendingBefore) {
      session.kept.push({ offset: record.offset, stateBefore, audioEndMs: -1, audioFromMs: -1 })
      commits.touch(session)
    }
  }

  function isDone(session: LiveSession, recordingId: string, index: number): boolean {
    return session.durableSegments.has(`${recordingId}/${index}`) || session.endedRecordings.has(recordingId)
  }

  function count(effect: Extract<Effect, { kind: 'counted' }>): void {
    deps.observe?.counted(effect.what, effect.amount)
    if (effect.what === 'duplicate-event') counted.duplicateEvents += effect.amount
    else if (effect.what === 'duplicate-audio') counted.duplicateAudioMs += effect.amount
    else counted.lateAudioMs += effect.amount
  }

  function refuse(record: LogRecord, reason: Parameters<typeof deadLetter>[1], detail: string): void {
    counted.deadLetters += 1
    deps.observe?.refused(reason, record.offset)
    commits.refused(deadLetter(record, reason, detail))
  }

  /** Sends a command, or leaves it: in a silent fold everything below `performedOffset` was sent, and obligations are looked at when the end is reached. */
  function command(record: LogRecord, id: string, callId: string, what: CallCommand): void {
    if (record.offset < silentUntil && (record.offset < progress.performedOffset || isObligation(what))) return
    outgoing.push({ topic: TOPICS.callCommands, ...encodeCommand(callId, what, { id, source: SOURCE, timeMs: deps.clock.now() }) })
  }

  /** The silent fold is over: what is still owed is asked for, and only then are the events answered that caused it. */
  async function caughtUp(): Promise<void> {
    silentUntil = -1
    const owed = [...sessions.values()].flatMap(({ callId, state }) =>
      state === null
        ? []
        : openObligations(state).map(({ id, command: what }) => ({
            topic: TOPICS.callCommands,
            ...encodeCommand(callId, what, { id, source: SOURCE, timeMs: deps.clock.now() }),
          })),
    )
    outgoing = [...owed, ...outgoing]
    await sendCommands()
    if (isVoid) return
    deps.log.info({ partition, epoch }, 'partition caught up')
    shared.caughtUp()
  }

  async function sendCommands(): Promise<void> {
    const sending = outgoing
    if (sending.length > 0 && !(await lease.maySpeak())) return
    if (sending.length > 0) await patiently(() => deps.eventLog.append(sending))
    outgoing = outgoing.slice(sending.length)
    progress.performedOffset = Math.max(progress.performedOffset, progress.nextOffset)
  }

  async function tick(): Promise<void> {
    lease.awake()
    // Only who has read to the end, as far as it was seen, says that nothing came; what came since makes the fold ignore the timer.
    if (isTicking || commits.isLost() || silentUntil !== -1 || progress.nextOffset < progress.endOffset) return
    const due = timersDue(sessions.values(), { awakeMs: awake.nowMs(), wallMs: deps.clock.now() })
    if (due.length === 0) return
    isTicking = true
    try {
      if (!(await lease.maySpeak())) return
      await deps.eventLog.append(due.map(({ message }) => ({ topic, ...message })))
      for (const { session, name } of due) session.timerSent = name
    } finally {
      isTicking = false
    }
  }

  const recorder: PartitionRecorder = {
    assign,
    take,
    tick,
    drain: commits.drain,
    abandon,
    stats: () => ({
      liveCalls: [...sessions.values()].filter((session) => session.endedOffset === null).length,
      lag: Math.max(0, progress.endOffset - progress.nextOffset),
      ...counted,
      safeOffset: commits.safeOffset(),
      isCaughtUp: silentUntil === -1,
      nextOffset: progress.nextOffset,
      readToMs,
      unsealedBytes: pool.usedBytes(),
    }),
  }
  return recorder
}
