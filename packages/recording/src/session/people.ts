import type { CallEvent } from '@twinreel/contracts/messages'
import type { CallEventData, Participant } from '@twinreel/contracts/call-events'
import { add } from '@twinreel/media/intervals'
import type { Policies, Policy } from '../policy.ts'
import { begin } from './capture.ts'
import { exclusion } from './eligibility.ts'
import { endRecording } from './end-recording.ts'
import { reconcileGate } from './gate.ts'
import { find } from './lookup.ts'
import { LOG_LOST, type CallState, type OwnerState, type ParticipantState } from './state.ts'
import { mark, owner, ownerIds, patch, patchOwner, showIcon, type Step } from './step.ts'
import { addStream, closeTrack } from './tracks.ts'

export type ParticipantRef = ParticipantState['participant']

/** Whose policies the fold of this message needs; a recorder looks them up first and passes them in. */
export function participantsToResolve(state: CallState | null, event: CallEvent): readonly ParticipantRef[] {
  if (state === null) return []
  if (event.type === 'call.answered' && state.phase === 'started') return answeredParticipants(state, event.data).map((entry) => entry.participant)
  if (event.type === 'participant.joined' && (state.phase === 'answered' || state.phase === 'silent')) return [pick(event.data.participant)]
  return []
}

/** Who is in the call once it is answered: the callers, and whoever answered. Others that rang are not. */
function answeredParticipants(state: CallState, data: CallEventData<'call.answered'>): readonly ParticipantState[] {
  const present = Object.values(state.participants).filter(
    ({ participant, leftMs }) => leftMs === null && (participant.role === 'originating' || participant.participantId === data.by.participantId),
  )
  const { by } = data
  if (by.kind !== 'voicemail') return present
  const mailbox: ParticipantState['participant'] = {
    participantId: by.participantId,
    role: 'terminating',
    ...(by.userId === undefined ? {} : { userId: by.userId }),
  }
  const others = present.filter(({ participant }) => participant.participantId !== by.participantId)
  const known = present.find(({ participant }) => participant.participantId === by.participantId)
  return [
    ...others,
    {
      participant: { ...known?.participant, ...mailbox },
      ownerId: null,
      joinedMs: 0,
      leftMs: null,
    },
  ]
}

export function pick(participant: Participant): ParticipantRef {
  const { participantId, role, userId, platform } = participant
  // What else a publisher says of itself or its people does not belong into a state.
  const identity =
    platform === undefined
      ? null
      : { serviceProvider: platform.serviceProvider, externalGroup: platform.externalGroup, externalIdentifier: platform.externalIdentifier }
  return { participantId, role, ...(userId === undefined ? {} : { userId }), ...(identity === null ? {} : { platform: identity }) }
}

/** Time zero: everyone present becomes a participant of the answered call, and every known user an owner. */
export function answer(step: Step, data: CallEventData<'call.answered'>, timeZeroMs: number, policies: Policies): void {
  const present = answeredParticipants(step.state, data)
  const gone = Object.fromEntries(Object.entries(step.state.participants).map(([id, entry]) => [id, { ...entry, leftMs: entry.leftMs ?? 0 }]))
  const here = Object.fromEntries(present.map((entry) => [entry.participant.participantId, { ...entry, joinedMs: 0, leftMs: null }]))
  patch(step, {
    phase: 'answered',
    timeZeroMs,
    participants: { ...gone, ...here },
    voicemail: data.by.kind === 'voicemail',
  })
  step.effects.push({ kind: 'call.answered', timeZeroMs })
  for (const stream of data.streams) addStream(step, stream, 0)
  for (const { participant } of present) enter(step, participant, find(policies, participant.participantId) ?? null, 0)
}

export function join(step: Step, data: CallEventData<'participant.joined'>, atMs: number, policies: Policies): void {
  const participant = pick(data.participant)
  const { participantId } = participant
  patch(step, { participants: { ...step.state.participants, [participantId]: { participant, ownerId: null, joinedMs: atMs, leftMs: null } } })
  if (step.state.phase !== 'answered') return
  for (const stream of data.streams) addStream(step, stream, atMs)
  const policy = find(policies, participantId) ?? null
  for (const ownerId of ownerIds(step)) mark(step, ownerId, atMs, { kind: 'joined', participantId, userId: policy?.ownerId ?? null })
  enter(step, participant, policy, atMs)
}

/** A known user's policy begins to apply to the call; a user who is in it already, or comes back, goes on under the one that stands. */
function enter(step: Step, participant: ParticipantRef, policy: Policy | null, atMs: number): void {
  if (policy === null) return
  const { ownerId } = policy
  const { participantId } = participant
  const entry = find(step.state.participants, participantId)
  if (entry !== undefined) patch(step, { participants: { ...step.state.participants, [participantId]: { ...entry, ownerId } } })
  const known = find(step.state.owners, ownerId)
  if (known !== undefined) {
    patchOwner(step, ownerId, { participantIds: [...new Set([...known.participantIds, participantId])] })
    if (known.icon.indicator !== 'off') showIcon(step, ownerId, known.icon.indicator, atMs)
    if (known.machine.kind === 'ended') startMachine(step, ownerId, participant.role, atMs)
    return
  }
  const lost = find(step.state.lostBeginnings ?? {}, ownerId)
  const fresh: OwnerState = {
    ownerId,
    policy,
    participantIds: [participantId],
    machine: { kind: 'standby' },
    sinceMs: atMs,
    ordinal: lost?.ordinal ?? 0,
    recordings: [],
    toneDueMs: null,
    toneLeftMs: null,
    icon: { indicator: 'off', number: 0, atMs },
    keepRequested: lost?.kept === true && policy.settings.mode === 'on-demand',
    recorded: lost?.recorded ?? false,
    notKept: false,
    failure: lost === undefined ? null : LOG_LOST,
  }
  patch(step, { owners: { ...step.state.owners, [ownerId]: fresh }, rules: step.state.rules ?? policy.rules })
  startMachine(step, ownerId, participant.role, atMs)
}

function startMachine(step: Step, ownerId: string, role: 'originating' | 'terminating', atMs: number): void {
  const { policy } = owner(step, ownerId)
  const reason = exclusion(step.state, policy, role)
  if (reason !== null) return patchOwner(step, ownerId, { machine: { kind: 'excluded', reason } })
  if (policy.settings.mode === 'on-demand-user-start') return patchOwner(step, ownerId, { machine: { kind: 'standby' }, sinceMs: atMs })
  begin(step, ownerId, atMs)
}

/** Somebody left; when it was an owner's last end of the call, the owner's recording ends, others' go on. */
export function leave(step: Step, participantId: string, atMs: number): void {
  const entry = find(step.state.participants, participantId)
  if (entry === undefined || entry.leftMs !== null) return
  patch(step, { participants: { ...step.state.participants, [participantId]: { ...entry, leftMs: atMs } } })
  release(step, participantId, atMs)
  for (const track of Object.values(step.state.tracks)) {
    if (track.participantIds.every((id) => isGone(step.state, id))) closeTrack(step, track.trackId, atMs)
  }
  for (const ownerId of ownerIds(step)) mark(step, ownerId, atMs, { kind: 'left', participantId })
  const { ownerId } = entry
  if (ownerId === null || owner(step, ownerId).participantIds.some((id) => !isGone(step.state, id))) return
  const { machine } = owner(step, ownerId)
  endRecording(step, ownerId, atMs, 'owner-left')
  if (machine.kind !== 'excluded' && machine.kind !== 'failed') {
    patchOwner(step, ownerId, { machine: { kind: 'ended', was: 'over' }, sinceMs: atMs })
  }
  reconcileGate(step, atMs)
}

/** Somebody the platform never introduced can be heard, and is not gone. */
export function isGone(state: CallState, participantId: string): boolean {
  return typeof find(state.participants, participantId)?.leftMs === 'number'
}

/** Call hold: time goes on, and is marked. */
export function hold(step: Step, participantId: string, atMs: number): void {
  if (find(step.state.holding, participantId) !== undefined || isGone(step.state, participantId)) return
  patch(step, { holding: { ...step.state.holding, [participantId]: atMs } })
  for (const ownerId of ownerIds(step)) mark(step, ownerId, atMs, { kind: 'held', participantId })
}

export function retrieve(step: Step, participantId: string, atMs: number): void {
  if (find(step.state.holding, participantId) === undefined) return
  release(step, participantId, atMs)
  for (const ownerId of ownerIds(step)) mark(step, ownerId, atMs, { kind: 'retrieved', participantId })
}

function release(step: Step, participantId: string, atMs: number): void {
  const since = find(step.state.holding, participantId)
  if (since === undefined) return
  const { [participantId]: _, ...holding } = step.state.holding
  patch(step, { holding, held: add(step.state.held, since, atMs) })
}
