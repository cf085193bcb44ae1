import type { ActionInput, CallPlanInput } from '@twinreel/simulator/plan'
import { numberOf, ORG_ID } from '../people.ts'

/** A call of the demo, and what there is to see in it. */
export interface Scene {
  shows: string
  plan: CallPlanInput
  /** How likely a packet is to be lost. */
  loss?: number
}

type Participant = CallPlanInput['participants'][number]
type Stream = CallPlanInput['streams'][number]
type Format = Pick<Stream, 'codec' | 'sampleRateHz'>

/** Two ends, each with a stream that bears its name; `ends` and `actions` are the story. */
export function scene(shows: string, plan: Omit<CallPlanInput, 'orgId' | 'seed' | 'streams'> & { format?: Format }, loss?: number): Scene {
  const { format = { codec: 'PCMU' }, ...rest } = plan
  const streams = plan.participants.map(({ participantId }) => stream(participantId, format))
  return { shows, plan: { orgId: ORG_ID, seed: 1, ...rest, streams }, ...(loss === undefined ? {} : { loss }) }
}

export function stream(participantId: string, format: Format = {}): Stream {
  return { streamId: participantId, participantIds: [participantId], ...format }
}

export function caller(userId: string | null): Participant {
  return { participantId: 'caller', role: 'originating', ...who(userId) }
}

export function called(userId: string | null): Participant {
  return { participantId: 'called', role: 'terminating', ...who(userId) }
}

/** Somebody who comes in later. */
export function guest(participantId: string, userId: string | null): Participant {
  return { participantId, role: 'terminating', ...who(userId) }
}

function who(userId: string | null): Pick<Participant, 'userId' | 'number' | 'voice'> {
  return userId === null ? { number: '+12025550143', voice: 'cards' } : { userId, number: numberOf(userId), voice: 'reader' }
}

export const ANSWERED: CallPlanInput['answeredBy'] = { kind: 'participant', participantId: 'called' }

export function press(control: 'start' | 'stop' | 'pause' | 'resume', userId: string, atMs: number): ActionInput {
  return { do: 'control', control, userId, atMs }
}

export function hangUp(atMs: number): ActionInput {
  return { do: 'hang-up', atMs }
}
