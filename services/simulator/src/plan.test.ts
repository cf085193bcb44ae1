import { describe, expect, it } from 'vitest'
import { parsePlan, PlanError, type ActionInput, type CallPlanInput } from './plan.ts'

const HANG_UP: ActionInput = { do: 'hang-up', atMs: 10_000 }

function plan(changes: Partial<CallPlanInput> = {}): CallPlanInput {
  return {
    callId: 'call-1',
    orgId: 'org-1',
    seed: 1,
    direction: 'outbound',
    participants: [
      { participantId: 'a', role: 'originating', userId: 'user-1' },
      { participantId: 'b', role: 'terminating' },
    ],
    answeredBy: { kind: 'participant', participantId: 'b' },
    streams: [{ streamId: 'a', participantIds: ['a'] }],
    actions: [HANG_UP],
    ...changes,
  }
}

describe('a call plan', () => {
  it('fills in what is usual', () => {
    const parsed = parsePlan(plan())
    expect(parsed.streams).toEqual([{ streamId: 'a', participantIds: ['a'], codec: 'PCMU', sampleRateHz: 8_000 }])
    expect(parsed).toMatchObject({ callType: 'pstn', announcements: 'play', end: 'announced', capabilities: { prompts: 'obeys', gate: true } })
  })

  it.each<[string, Partial<CallPlanInput>, string]>([
    ['has no hang-up at its end', { actions: [{ do: 'leave', atMs: 1, participantId: 'b' }] }, 'actions: the last one must be a hang-up'],
    [
      'goes back in time',
      { actions: [{ do: 'hold', atMs: 5, participantId: 'a' }, { do: 'retrieve', atMs: 4, participantId: 'a' }, HANG_UP] },
      'actions.1.atMs: 4 lies before',
    ],
    ['is answered by nobody', { answeredBy: { kind: 'participant', participantId: 'c' } }, 'answeredBy.participantId: nobody in the call is c'],
    ['hears a stranger', { streams: [{ streamId: 's', participantIds: ['x'] }] }, 'streams.0.participantIds: nobody in the call is x'],
    [
      'lets somebody leave twice',
      { actions: [{ do: 'leave', atMs: 1, participantId: 'b' }, { do: 'leave', atMs: 2, participantId: 'b' }, HANG_UP] },
      'actions.1.participantId: nobody in the call is b at that time',
    ],
    ['retrieves what nobody holds', { actions: [{ do: 'retrieve', atMs: 1, participantId: 'a' }, HANG_UP] }, 'actions.0: a does not hold the call'],
    ['renegotiates a stream that is not there', { actions: [{ do: 'renegotiate', atMs: 1, streamId: 'zz' }, HANG_UP] }, 'actions.0.streamId: no stream zz'],
    ['has G.711 at 16 kHz', { streams: [{ streamId: 'a', participantIds: ['a'], sampleRateHz: 16_000 }] }, 'streams.0.sampleRateHz: PCMU has 8000'],
    [
      'has a control that comes after its end',
      { actions: [{ do: 'control', control: 'pause', userId: 'user-1', atMs: 9_000, delayMs: 1_001 }, HANG_UP] },
      'actions.0.delayMs: it would reach the log after the hang-up',
    ],
    ['has a stream id that makes no file name', { streams: [{ streamId: '../a', participantIds: ['a'] }] }, 'streams.0.streamId'],
  ])('is refused when it %s, naming the call and the place', (_, changes, problem) => {
    expect(() => parsePlan(plan(changes))).toThrow(PlanError)
    expect(() => parsePlan(plan(changes))).toThrow(`call call-1 can’t be carried out: ${problem}`)
  })
})
