import { isPassing } from '@twinreel/catalog/failure'
import { listLedger } from '@twinreel/catalog/ledger'
import type { Catalog } from '@twinreel/catalog/open'
import { callStatus } from '@twinreel/catalog/recorder'
import type { WaitingClock } from './clock.ts'
import { NoRecorderError } from './no-recorder.ts'

/** A call that is over, and the users who must find it in their ledger. */
export interface ExpectedOutcome {
  callId: string
  userIds: readonly string[]
}

const POLL_MS = 20
/** Calls asked after in one poll. */
const POLL_CALLS = 50

/**
 * Resolves when each call is closed and has a ledger row for each of its users. Throws `NoRecorderError` after `patienceMs` in
 * which none more was found.
 */
export async function awaitOutcomes(options: {
  catalog: Catalog
  expected: readonly ExpectedOutcome[]
  clock: WaitingClock
  patienceMs: number
  signal?: AbortSignal
  onProgress(done: number): void
}): Promise<void> {
  const { catalog, expected, clock, patienceMs, signal, onProgress } = options
  let pending = [...expected]
  let progressMs = clock.now()
  while (pending.length > 0) {
    signal?.throwIfAborted()
    const asked = pending.slice(0, POLL_CALLS)
    const open: ExpectedOutcome[] = []
    for (const outcome of asked) if (!(await isSettledYet(catalog, outcome))) open.push(outcome)
    const nowMs = clock.now()
    if (open.length < asked.length) progressMs = nowMs
    else if (nowMs - progressMs > patienceMs)
      throw new NoRecorderError(patienceMs, `${pending.length} of ${expected.length} calls have no outcome in the ledger, ${pending[0]?.callId} among them`)
    // The open ones go to the end: one call that takes long doesn't hide that others are done.
    pending = [...pending.slice(POLL_CALLS), ...open]
    onProgress(expected.length - pending.length)
    if (open.length > 0) await clock.wait(POLL_MS, signal)
  }
}

/** The first of these calls that the catalog knows, or `null`. */
export async function firstKnownCall(catalog: Catalog, callIds: Iterable<string>): Promise<string | null> {
  for (const callId of callIds) if ((await callStatus(catalog, callId)) !== 'unknown') return callId
  return null
}

/** A catalog that is away for a while says nothing of it, and a recorder that waits for it makes no progress either. */
async function isSettledYet(catalog: Catalog, outcome: ExpectedOutcome): Promise<boolean> {
  try {
    return await isSettled(catalog, outcome)
  } catch (error) {
    if (isPassing(error)) return false
    throw error
  }
}

async function isSettled(catalog: Catalog, { callId, userIds }: ExpectedOutcome): Promise<boolean> {
  if ((await callStatus(catalog, callId)) !== 'closed') return false
  const owners = new Set((await listLedger(catalog, { callId })).map(({ ownerId }) => ownerId))
  return userIds.every((userId) => owners.has(userId))
}
