import type { WrappingKeys } from '@twinreel/catalog/media-keys'
import type { Catalog } from '@twinreel/catalog/open'
import { decodeCallEvent } from '@twinreel/contracts/messages'
import type { EventLog } from '@twinreel/event-log/port'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { Capture, CapturedMessage, CaptureHeader, Decided, Outcome, Recorded } from '../capture/capture.ts'
import { compareWithCapture, toldComparison } from '../compare/replay.ts'
import { decide } from '../fold/decide.ts'
import { anonymize } from './anonymize.ts'
import { CaptureCallError } from './capture-call-error.ts'
import { openSealed } from './open-sealed.ts'
import { pseudonyms } from './pseudonyms.ts'
import { readCall, readPolicies } from './read-call.ts'
import { readRecorded } from './read-recorded.ts'
import { synthesize, type Synthesized } from './synthesize.ts'

export interface CaptureOptions {
  callId: string
  /** A sound in the place of every word. */
  eventsOnly: boolean
  /** Names, numbers and ids are replaced; `salt` is random, and forgotten. */
  anonymous: { salt: Uint8Array } | null
  /** Asked for when there is encrypted media. */
  wrapping(): WrappingKeys | null
  /** Version of the program. */
  writtenBy: string
}

export interface Captured {
  capture: Capture
  /** What whoever captured it should know. */
  notes: string[]
}

/** Reads a call out of the log and everything that was decided of it, folds it again, and says whether this version decides the same. Throws `CaptureCallError`, `FoldError`. */
export async function captureCall(engines: { eventLog: EventLog; catalog: Catalog; store: ObjectStore }, options: CaptureOptions): Promise<Captured> {
  const { callId, eventsOnly, anonymous, writtenBy } = options
  const { partition, isOver, messages: sealed } = await readCall(engines, callId)
  const { messages: opened, unopened } = await openSealed(sealed, { callId, catalog: engines.catalog, wrapping: options.wrapping })
  if (unopened > 0 && !eventsOnly) {
    const why = isOver ? 'its key was destroyed when everything of it was stored' : 'there is no such key'
    throw new CaptureCallError(
      'key-destroyed',
      `the media of call ${callId} is encrypted, and ${why}: nobody can read it any more`,
      '--events-only captures its events, with audio of the shape that the lengths of the encrypted messages tell',
    )
  }
  const policies = await readPolicies(engines.catalog, callId)
  const recorded = await readRecorded(engines, { callId, partition, sinceMs: opened[0]?.appendedAtMs ?? 0 })
  const header: CaptureHeader = {
    callId,
    orgId: orgOf(callId, opened),
    writtenBy,
    partition,
    isOver,
    audio: !eventsOnly ? 'recorded' : unopened > 0 ? 'inferred' : 'synthetic',
    anonymized: anonymous !== null,
    leftOut: 0,
    agreed: { with: 'then' },
  }
  const call = { header, policies, messages: opened, recorded }
  const { folded, synthetic, parting } = unopened > 0 ? await asItMostLikelyWas(call) : await asItWas(call, eventsOnly)
  const agreed: CaptureHeader['agreed'] =
    parting === null ? { with: 'then' } : { with: 'nobody', parting: anonymous === null ? parting : 'not told of a call that is anonymized' }
  const told: CaptureHeader = { ...header, leftOut: synthetic?.leftOut ?? 0, agreed }
  const notes = notesOf({ parting, unopened, unknown: synthetic?.unknown ?? 0, isOver })
  if (synthetic === null && anonymous === null) return { capture: { ...folded, header: told }, notes }
  return { capture: await replaced({ ...folded, header: told, messages: synthetic?.messages ?? opened }, anonymous), notes }
}

type Told = Omit<Capture, 'decided' | 'recorded'> & { recorded: Recorded }

interface Compared {
  folded: Capture
  synthetic: Synthesized | null
  /** Where this version and what was decided then part. */
  parting: string | null
}

async function asItWas(call: Told, eventsOnly: boolean): Promise<Compared> {
  const folded = { ...call, decided: await decide(call) }
  const synthetic = eventsOnly ? synthesize(call.header.callId, call.messages, { gapMs: null }) : null
  return { folded, synthetic, parting: toldComparison(compareWithCapture(folded, folded.decided)) }
}

/** A publisher's clock runs as evenly as it runs: of a few readings of it the one counts that leads to what was decided then. */
const GAPS_MS = [500, 100, 20]

async function asItMostLikelyWas(call: Told): Promise<Compared> {
  let first: Compared | null = null
  for (const gapMs of GAPS_MS) {
    const synthetic = synthesize(call.header.callId, call.messages, { gapMs })
    const guessed = { ...call, messages: synthetic.messages }
    const folded = { ...guessed, decided: await decide(guessed) }
    const parting = toldComparison(compareWithCapture(onlyShape(folded, call.recorded), shapeOfDecided(folded.decided)))
    if (parting === null) return { folded, synthetic, parting }
    first ??= { folded, synthetic, parting }
  }
  if (first === null) throw new Error('there is a reading of the clock')
  return first
}

/** Nothing of then stays: it would tell what was replaced. What this version decides of the call as it is now stands there instead. */
async function replaced({ header, policies, messages: original }: Capture, anonymous: CaptureOptions['anonymous']): Promise<Capture> {
  if (anonymous === null) {
    const call = { header, policies, messages: original }
    return { ...call, recorded: null, decided: await decide(call) }
  }
  const names = pseudonyms(anonymous.salt, header.callId)
  const made = anonymize(header.callId, original, policies, names)
  const renamed: CaptureHeader = {
    ...header,
    callId: names.of(header.callId),
    orgId: header.orgId === null ? null : names.of(header.orgId),
    leftOut: header.leftOut + made.leftOut,
  }
  // A sound depends on the name of its stream.
  const messages = header.audio === 'recorded' ? made.messages : synthesize(renamed.callId, made.messages, { gapMs: null }).messages
  const call = { header: renamed, policies: made.policies, messages }
  return { ...call, recorded: null, decided: await decide(call) }
}

function orgOf(callId: string, messages: readonly CapturedMessage[]): string | null {
  for (const { headers, value } of messages) {
    const decoded = value === null ? null : decodeCallEvent({ key: callId, headers, value })
    if (decoded?.ok === true && decoded.message.type === 'call.started') return decoded.message.data.orgId
  }
  return null
}

/** Audio that was never heard has other bytes than what was stored; everything else can be compared. */
function onlyShape(capture: Capture, recorded: Recorded): Capture {
  return {
    ...capture,
    recorded: { ...recorded, ...shapeOf(recorded), refused: recorded.refused.filter(({ offset }) => capture.messages.some((one) => one.offset === offset)) },
    decided: shapeOfDecided(capture.decided),
  }
}

function shapeOfDecided(decided: Decided): Decided {
  return { ...decided, ...shapeOf(decided) }
}

const NO_HASH = '0'.repeat(64)

function shapeOf({ ledger, recordings }: Outcome): Outcome {
  return {
    ledger,
    recordings: recordings.map((recording) => ({
      ...recording,
      objects: recording.objects.map((object) => ({ ...object, sha256: NO_HASH })),
      manifest: recording.manifest === null ? null : { ...recording.manifest, signedSha256: NO_HASH },
    })),
  }
}

function notesOf({ parting, unopened, unknown, isOver }: { parting: string | null; unopened: number; unknown: number; isOver: boolean }): string[] {
  const notes: string[] = []
  if (!isOver) notes.push('the call goes on: this is its beginning')
  if (unopened > 0) notes.push(`${unopened} encrypted messages can’t be read any more: their shape is concluded from their lengths`)
  if (unknown > 0) notes.push(`of ${unknown} of them the length tells nothing: they are there without audio`)
  if (parting !== null) notes.push(`this version decides otherwise than was decided then: ${parting}`)
  return notes
}
