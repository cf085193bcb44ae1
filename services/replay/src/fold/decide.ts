import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { decodeCallEvent } from '@twinreel/contracts/messages'
import type { RecorderObserver } from '@twinreel/recorder/observe'
import { startRecorder } from '@twinreel/recorder/recorder'
import { silentLogger } from '@twinreel/service/log'
import type { Capture, Decided, DecidedEvent, Decision } from '../capture/capture.ts'
import { capturedLog } from './captured-log.ts'
import { decisionsOf, eventTimeMs, refusedDecision } from './decisions.ts'
import { hashStore } from './hash-store.ts'
import { outcomeOf } from './outcome.ts'

/** The recorder did not come to an end with a call: a fault of the code that is replayed with. */
class FoldError extends Error {
  constructor(callId: string, problem: string, cause?: unknown) {
    super(`call ${callId} could not be folded: ${problem}`, { cause })
    this.name = 'FoldError'
  }
}

/** So long without any progress is no slowness. */
const STUCK_MS = 60_000
const LOOK_MS = 20

/** What manifests are signed with here: nobody trusts it, and signatures are not compared. */
const SIGNER = { keyId: '0'.repeat(16), sign: () => `${'A'.repeat(86)}==` }

/**
 * Folds a call's messages with the recorder of this program, on engines in memory, under the policies they were folded with then; nothing comes from the
 * clock. Throws `FoldError`.
 */
export async function decide(capture: Pick<Capture, 'header' | 'policies' | 'messages'>): Promise<Decided> {
  const { header, messages } = capture
  // The wall clock is in no recording; here it stands still.
  const nowMs = messages[0]?.appendedAtMs ?? 0
  const catalog = await openCatalog({ path: ':memory:', clock: () => nowMs })
  try {
    await enterPolicies(catalog, capture)
    const store = hashStore()
    const { log, isRead } = capturedLog(capture)
    const watch = watchWork()
    const recorder = await startRecorder({
      eventLog: log,
      store,
      catalog,
      clock: { now: () => nowMs },
      monotonicMs: () => 0,
      log: silentLogger,
      signer: SIGNER,
      trustedKeys: { check: () => 'genuine' },
      observe: watch.observe,
      // What is a linger elsewhere is a turn of the event loop: nobody else is there to share a commit with.
      async wait(ms, signal) {
        if (ms === 0) await turn()
        else await delay(ms, undefined, { signal, ref: false }).catch(() => undefined)
      },
      // No timer: those of then stand in the log.
      every: () => () => undefined,
      options: { lingerMs: 0, lingerCalmMs: 0, lingerBehindMs: 0, spoolDir: null },
    })
    const failed = recorder.done.then(() => Promise.reject(new FoldError(header.callId, 'the recorder stopped')))
    try {
      await Promise.race([isRead, failed])
      await Promise.race([settled(watch, header.callId), failed])
    } catch (error) {
      throw error instanceof FoldError ? error : new FoldError(header.callId, error instanceof Error ? error.message : String(error), error)
    } finally {
      failed.catch(() => undefined)
      await recorder.stop()
    }
    return { events: eventsOf(capture, watch.decisions), ...(await outcomeOf({ catalog, store }, header.callId)) }
  } finally {
    await catalog.close()
  }
}

async function enterPolicies(catalog: Catalog, { header, policies }: Pick<Capture, 'header' | 'policies'>): Promise<void> {
  for (const { participantId, asOfMs, policy } of policies) {
    const row = { call_id: header.callId, participant_id: participantId, as_of_ms: asOfMs, owner_id: policy?.ownerId ?? null }
    await catalog.db
      .insertInto('policies')
      .values({ ...row, policy: policy === null ? null : JSON.stringify(policy) })
      .execute()
  }
}

interface Told {
  atMs: number | null
  decisions: Decision[]
}

interface Watch {
  observe: RecorderObserver
  /** By position. */
  decisions: Map<number, Told>
  /** Grows with every piece of work. */
  steps(): number
  /** Everything that was decided is in the catalog. */
  isDone(): boolean
  /** Something failed, so that the recorder starts over. */
  isLost(): boolean
}

/** Hears what is decided, and knows when all of it is durable. */
function watchWork(): Watch {
  const decisions = new Map<number, Told>()
  let [steps, owed, isClosed, isOver, isLost] = [0, 0, false, false, false]
  const told = (offset: number): Told => {
    const known = decisions.get(offset) ?? { atMs: null, decisions: [] }
    decisions.set(offset, known)
    return known
  }
  const step = (): void => void (steps += 1)
  return {
    decisions,
    steps: () => steps,
    isDone: () => owed === 0 && (isOver || !isClosed) && !isLost,
    isLost: () => isLost,
    observe: {
      decided({ offset, event, state }, effects) {
        steps += 1
        const made = decisionsOf(effects)
        const one = told(offset)
        one.atMs = eventTimeMs(event, state)
        one.decisions.push(...made)
        owed += made.filter(({ kind }) => kind === 'segment.sealed' || kind === 'recording.ended').length
        if (state?.phase === 'closed') isClosed = true
      },
      refused(reason, offset) {
        steps += 1
        told(offset).decisions.push(refusedDecision(reason))
      },
      committed(changes) {
        steps += 1
        for (const change of changes) {
          if (change.kind === 'segment' || change.kind === 'recording.ended') owed -= 1
          if (change.kind === 'session' && change.endedOffset !== null) isOver = true
        }
      },
      assigned: step,
      lost: () => void (isLost = true),
      folded: step,
      counted: step,
      put: step,
      putFailed: step,
      published: step,
      publishFailed: step,
      journaled: step,
      journalFailed: step,
    },
  }
}

/** Looks until nothing is owed any more. */
async function settled(watch: Watch, callId: string): Promise<void> {
  let [steps, idleMs] = [watch.steps(), 0]
  // Most of what is left takes a few turns of the event loop.
  for (let turns = 0; turns < 200 && !watch.isDone(); turns += 1) await turn()
  while (!watch.isDone()) {
    await delay(LOOK_MS)
    idleMs = watch.steps() === steps ? idleMs + LOOK_MS : 0
    steps = watch.steps()
    if (watch.isLost()) throw new FoldError(callId, 'what was decided could not be stored')
    if (idleMs >= STUCK_MS) throw new FoldError(callId, `nothing has happened for ${STUCK_MS / 1_000} s, and what was decided is not stored`)
  }
}

function eventsOf({ header, messages }: Pick<Capture, 'header' | 'messages'>, told: ReadonlyMap<number, Told>): DecidedEvent[] {
  return messages.flatMap((message, index) => {
    const { atMs, decisions } = told.get(message.offset) ?? { atMs: null, decisions: [] }
    if (decisions.length === 0) return []
    const { offset, headers, value } = message
    const decoded = value === null ? null : decodeCallEvent({ key: header.callId, headers, value })
    // JSON, as a file would have it: what is undefined is not there.
    const plain = JSON.parse(JSON.stringify(decisions)) as Decision[]
    return [{ number: index + 1, offset, type: decoded?.ok === true ? decoded.message.type : 'unreadable', atMs, decisions: plain }]
  })
}
