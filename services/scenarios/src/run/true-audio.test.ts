import { expect, it } from 'vitest'
import { faultsSchema } from '@twinreel/simulator/faults'
import { parsePlan } from '@twinreel/simulator/plan'
import { createSimulatedCall, nextMessages } from '@twinreel/simulator/simulated-call'
import { openVoices, readPromptLengths } from '@twinreel/simulator/voices'
import { trueCall } from './true-audio.ts'

/** What a says at 4 s comes at 9 s. */
function callWithLateAudio() {
  const plan = parsePlan({
    callId: 'call',
    orgId: 'org',
    seed: 1,
    direction: 'outbound',
    participants: [
      { participantId: 'a', role: 'originating', userId: 'user-a' },
      { participantId: 'b', role: 'terminating' },
    ],
    answeredBy: { kind: 'participant', participantId: 'b' },
    streams: [
      { streamId: 'sa', participantIds: ['a'] },
      { streamId: 'sb', participantIds: ['b'] },
    ],
    actions: [
      { do: 'send-late', atMs: 9_000, fromMs: 4_000, toMs: 4_500, streamId: 'sa' },
      { do: 'hang-up', atMs: 13_000 },
    ],
  })
  const call = createSimulatedCall(plan, {
    seed: 1,
    startMs: 0,
    faults: faultsSchema.parse({}),
    voices: openVoices(),
    speaker: null,
    promptLengthsMs: readPromptLengths(),
    awaits: false,
  })
  while (nextMessages(call, Infinity) !== null);
  return call
}

it.each<[string, [number, number][], number, [number, number][]]>([
  ['is still open', [[0, 13_000]], 60_000, []],
  [
    'is full and closed',
    [
      [0, 5_000],
      [5_000, 10_000],
      [10_000, 13_000],
    ],
    5_000,
    [[32_000, 36_000]],
  ],
  [
    'ends at a pause',
    [
      [0, 5_000],
      [6_000, 13_000],
    ],
    60_000,
    [[32_000, 36_000]],
  ],
  [
    'was closed for no reason',
    [
      [0, 5_000],
      [5_000, 13_000],
    ],
    60_000,
    [],
  ],
])('audio comes late for an object or in time: one that %s', (_, pieces, segmentMs, lost) => {
  const segments = pieces.map(([fromMs, toMs]) => ({ fromMs, toMs }))
  const { truth } = trueCall(callWithLateAudio(), new Map(), { recordings: [{ segments }], segmentMs })
  expect(truth.streams.map(({ dropped }) => dropped)).toEqual([lost, []])
})
