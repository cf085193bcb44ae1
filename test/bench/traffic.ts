import { randomFillSync } from 'node:crypto'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { addUser } from '@twinreel/catalog/accounts/users'
import { encodeCallEvent, encodeMediaEvent, type WireMessage } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { Engines } from '@twinreel/twinreel/engines'

const SOURCE = '/bench'
const TIME_ZERO_MS = 1_767_225_600_000
const RATE_HZ = 8_000
const BY = { actor: 'bench', reason: 'bench' }

/** One owner whose every call is recorded from the answer on: the whole path, and nothing but audio on it. */
export async function enterOwner(engines: Engines): Promise<void> {
  const { catalog } = engines
  await enableOrganization(catalog, { orgId: 'bench', name: 'bench', partnerId: 'bench', ...BY })
  await addUser(catalog, { userId: 'owner', orgId: 'bench', licence: 'professional', ...BY })
  const settings = { mode: 'always', startStopAnnouncement: { internal: false, pstn: false }, tone: { enabled: false, intervalSeconds: 20 } } as const
  await switchRecordingOn(catalog, { userId: 'owner', settings, ...BY })
}

/** Dual-stream calls in phase, a second of both streams a message, as a platform publishes them: all calls' first second, then all calls' second, … */
export async function publish(engines: Engines, options: { calls: number; fromSecond: number; toSecond: number; end: boolean; name: string }): Promise<void> {
  const { calls, fromSecond, toSecond, end, name } = options
  const ids = Array.from({ length: calls }, (_, i) => `${name}-${i}`)
  if (fromSecond === 0) await append(engines, ids.flatMap(opening))
  for (let second = fromSecond; second < toSecond; second++) {
    await append(
      engines,
      ids.map((callId) => mediaSecond(callId, second)),
    )
  }
  if (end)
    await append(
      engines,
      ids.map((callId) => ending(callId, toSecond)),
    )
}

function opening(callId: string): WireMessage[] {
  const participants = [
    { participantId: 'a', role: 'originating' as const, userId: 'owner' },
    { participantId: 'b', role: 'terminating' as const },
  ]
  const streams = ['a', 'b'].map((id) => ({ streamId: id, participantIds: [id], codec: 'PCMU' as const, sampleRateHz: RATE_HZ }))
  return [
    encodeCallEvent(
      callId,
      'call.started',
      { orgId: 'bench', callId, callType: 'internal', participants },
      { id: 'started', source: SOURCE, timeMs: TIME_ZERO_MS },
    ),
    encodeCallEvent(
      callId,
      'call.answered',
      { by: { kind: 'participant', participantId: 'b' }, streams },
      { id: 'answered', source: SOURCE, timeMs: TIME_ZERO_MS },
    ),
  ]
}

function mediaSecond(callId: string, second: number): WireMessage {
  const bytes = randomFillSync(new Uint8Array(2 * RATE_HZ))
  const run = { offset: second * RATE_HZ, sampleCount: RATE_HZ }
  return encodeMediaEvent(
    callId,
    [
      { streamId: 'a', ...run, bytes: bytes.subarray(0, RATE_HZ) },
      { streamId: 'b', ...run, bytes: bytes.subarray(RATE_HZ) },
    ],
    { id: `m${second}`, source: SOURCE, timeMs: TIME_ZERO_MS + (second + 1) * 1_000 },
  )
}

function ending(callId: string, seconds: number): WireMessage {
  const finalSamples = ['a', 'b'].map((streamId) => ({ streamId, sampleOffset: seconds * RATE_HZ }))
  return encodeCallEvent(callId, 'call.ended', { atMs: seconds * 1_000, finalSamples }, { id: 'ended', source: SOURCE, timeMs: TIME_ZERO_MS + seconds * 1_000 })
}

async function append(engines: Engines, messages: readonly WireMessage[]): Promise<void> {
  await engines.eventLog.append(messages.map((message) => ({ topic: TOPICS.calls, ...message })))
}
