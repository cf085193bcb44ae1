import type { CallEventData } from '@twinreel/contracts/call-events'
import fc from 'fast-check'
import { FAILURE_BEHAVIORS, MODES, type ControlName, type OrgRules, type SettingsInput } from '../../settings.ts'
import type { Given } from './call.ts'
import { participant, type Name } from './people.ts'

/** What happens next in a made-up call; the player turns it into messages that fit where the call is. */
export type Act =
  | { do: 'talk'; ms: number; speakers: readonly string[]; how: 'plain' | 'gap' | 'twice' | 'swapped' | 'late' | 'nobody' }
  | { do: 'jump'; ms: number }
  | { do: 'press'; who: string; control: ControlName; at: number | null }
  | { do: 'prompt'; outcome: 'played' | 'failed' | 'expired'; ms: number; which: number }
  | { do: 'gate'; isOld: boolean; isWrong: boolean; lagMs: number }
  | { do: 'hold' | 'retrieve' | 'leave' | 'join' | 'change' | 'add'; who: string; lagMs: number }
  | { do: 'again'; what: number }
  | { do: 'timer'; ms: number; isStale: boolean }
  | { do: 'startAgain' | 'answerAgain' }
  /** `last`: what was spoken last comes before the end of the call, or behind it. */
  | { do: 'end'; isWhole: boolean; lagMs: number; last?: { ms: number; comes: 'before' | 'behind' } }

export interface Script {
  given: Given
  by: CallEventData<'call.answered'>['by']
  acts: readonly Act[]
}

const NAMES: readonly Name[] = ['alice', 'bob', 'carol']
const who = fc.constantFrom('alice', 'bob', 'carol')

const settings: fc.Arbitrary<SettingsInput> = fc.record({
  mode: fc.oneof(
    { arbitrary: fc.constantFrom(...MODES), weight: 1 },
    { arbitrary: fc.constantFrom('always-pause-resume', 'on-demand-user-start', 'on-demand-user-start', 'on-demand'), weight: 3 },
  ),
  startStopAnnouncement: fc.oneof(
    { arbitrary: fc.constant({ internal: false, pstn: false }), weight: 3 },
    { arbitrary: fc.record({ internal: fc.boolean(), pstn: fc.boolean() }), weight: 2 },
  ),
  pauseResumeNotification: fc.constantFrom('none', 'beep', 'announcement'),
  tone: fc.record({ enabled: fc.boolean(), intervalSeconds: fc.constantFrom(10, 20) }),
  voicemail: fc.constantFrom(true, true, true, false),
  calls: fc.oneof(
    { arbitrary: fc.constant({ inboundInternal: true, inboundExternal: true, outboundInternal: true, outboundExternal: true }), weight: 9 },
    {
      arbitrary: fc.record({ inboundInternal: fc.boolean(), inboundExternal: fc.boolean(), outboundInternal: fc.boolean(), outboundExternal: fc.boolean() }),
      weight: 1,
    },
  ),
})

const rules: fc.Arbitrary<Partial<OrgRules>> = fc.record({
  failureBehavior: fc.constantFrom(...FAILURE_BEHAVIORS),
  recordEmergency: fc.boolean(),
  idleEndSeconds: fc.constantFrom(30, 120),
  segmentSeconds: fc.constantFrom(1, 3, 10, 60),
})

const callGiven: fc.Arbitrary<Given> = fc.record({
  settings: fc
    .tuple(settings, fc.option(settings, { freq: 4 }), fc.option(settings, { freq: 4 }))
    .map((all) => Object.fromEntries(all.flatMap((one, i) => (one === null ? [] : [[NAMES[i] ?? '', one]])))),
  rules,
  callType: fc.oneof(
    { arbitrary: fc.constantFrom('internal', 'pstn', null), weight: 24 },
    { arbitrary: fc.constantFrom('emergency', 'fax', 'whisper', 'voicemail-retrieval'), weight: 2 },
  ),
  participants: fc.constant(NAMES.map((name) => participant(name))),
  capabilities: fc.record({
    prompts: fc.constantFrom('obeys', 'obeys', 'obeys', 'obeys', 'obeys', 'none'),
    gate: fc.constantFrom(true, true, false),
    indicator: fc.boolean(),
  }),
})

const jumpMs = fc.oneof({ arbitrary: fc.nat(20_000), weight: 9 }, { arbitrary: fc.nat(300_000), weight: 1 })

/** `latestMs`: how late a control may be. */
const act = (latestMs: number): fc.Arbitrary<Act> =>
  fc.oneof(
    {
      weight: 27,
      arbitrary: fc.record({
        do: fc.constant('talk'),
        ms: fc.integer({ min: 0, max: 4_000 }),
        speakers: fc.constantFrom(['alice', 'bob'], ['alice', 'bob', 'carol'], ['alice'], []),
        how: fc.constantFrom('plain', 'plain', 'plain', 'gap', 'twice', 'swapped', 'late', 'nobody'),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('jump'), ms: jumpMs }) },
    {
      weight: 42,
      arbitrary: fc.record({
        do: fc.constant('press'),
        who,
        control: fc.constantFrom('start', 'start', 'start', 'stop', 'pause', 'pause', 'pause', 'resume', 'resume', 'resume'),
        at: fc.option(fc.integer({ min: -latestMs, max: 3_000 })),
      }),
    },
    {
      weight: 15,
      arbitrary: fc.record({
        do: fc.constant('prompt'),
        outcome: fc.constantFrom('played', 'played', 'played', 'played', 'played', 'played', 'failed', 'expired'),
        ms: fc.integer({ min: -3_000, max: 3_000 }),
        which: fc.nat(3),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('gate'),
        isOld: fc.constantFrom(false, false, true),
        isWrong: fc.constantFrom(false, false, true),
        lagMs: fc.nat(1_000),
      }),
    },
    { weight: 20, arbitrary: fc.record({ do: fc.constantFrom('hold', 'retrieve', 'leave', 'join', 'join', 'change', 'add'), who, lagMs: fc.nat(1_500) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('again'), what: fc.nat() }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('timer'),
        ms: fc.constantFrom(1_000, 1_000, 1_000, 5_000, 5_000, 15_000, 30_000, 120_000, 4_000_000),
        isStale: fc.boolean(),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('startAgain', 'answerAgain') }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('end'), isWhole: fc.boolean(), lagMs: fc.nat(1_500) }) },
  )

export const script = (latestMs: number): fc.Arbitrary<Script> =>
  fc.record({
    given: callGiven,
    by: fc.constantFrom<CallEventData<'call.answered'>['by']>(
      { kind: 'participant', participantId: 'bob' },
      { kind: 'participant', participantId: 'bob' },
      { kind: 'participant', participantId: 'bob' },
      { kind: 'participant', participantId: 'bob' },
      { kind: 'participant', participantId: 'bob' },
      { kind: 'participant', participantId: 'bob' },
      { kind: 'voicemail', participantId: 'mailbox', userId: 'bob' },
      { kind: 'voicemail', participantId: 'mailbox' },
    ),
    acts: fc.array(act(latestMs), { minLength: 10, maxLength: 80 }),
  })

/** Any message at all, each as likely as the others. */
const anything: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constant('talk'), ms: fc.constant(1_000), speakers: fc.constant(['alice', 'bob']), how: fc.constant('plain') }),
  ...(['start', 'stop', 'pause', 'resume'] satisfies ControlName[]).map((control) =>
    fc.record({ do: fc.constant('press'), who, control: fc.constant(control), at: fc.constant(null) }),
  ),
  ...(['hold', 'retrieve', 'leave', 'join', 'change', 'add'] as const).map((name) => fc.record({ do: fc.constant(name), who, lagMs: fc.constant(0) })),
  ...[true, false].map((isWrong) => fc.record({ do: fc.constant('gate'), isOld: fc.boolean(), isWrong: fc.constant(isWrong), lagMs: fc.constant(0) })),
  ...(['startAgain', 'answerAgain'] as const).map((name) => fc.record({ do: fc.constant(name) })),
  fc.record({ do: fc.constant('prompt'), outcome: fc.constantFrom('played', 'failed'), ms: fc.constant(0), which: fc.constant(0) }),
  fc.record({ do: fc.constant('timer'), ms: fc.constantFrom(1_000, 30_000), isStale: fc.boolean() }),
  fc.record({ do: fc.constant('end'), isWhole: fc.boolean(), lagMs: fc.constant(0) }),
)

/** Keys that come long before the audio of their time, a call that falls silent meanwhile, and a platform that answers some of what it is asked. */
const aheadAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('press'),
      who: fc.constantFrom('alice', 'alice', 'bob'),
      control: fc.constantFrom('start', 'start', 'stop', 'pause', 'pause', 'resume', 'resume', 'resume'),
      at: fc.option(fc.integer({ min: 0, max: 125_000 }), { freq: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('talk'),
      ms: fc.constantFrom(1_000, 1_000, 1_000, 30_000),
      speakers: fc.constant(['alice', 'bob']),
      how: fc.constant('plain'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('timer'), ms: fc.constant(30_000), isStale: fc.constant(false) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('gate'), isOld: fc.constant(false), isWrong: fc.constant(false), lagMs: fc.constant(0) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('prompt'), outcome: fc.constantFrom('played', 'played', 'failed'), ms: fc.constant(0), which: fc.nat(2) }),
  },
)

const keyed: fc.Arbitrary<SettingsInput> = fc.record({
  mode: fc.constantFrom('always-pause-resume', 'on-demand-user-start', 'on-demand'),
  startStopAnnouncement: fc.record({ internal: fc.constant(false), pstn: fc.constantFrom(false, false, true) }),
  pauseResumeNotification: fc.constantFrom('none', 'beep'),
  tone: fc.constant({ enabled: false }),
})

/** Calls whose audio is held back by an outage, while keys still come. */
export const aheadScript: fc.Arbitrary<Script> = fc.record({
  given: fc.record({
    settings: fc.tuple(keyed, fc.option(keyed)).map(([alice, bob]) => (bob === null ? { alice } : { alice, bob })),
    rules: rules.map((chosen) => ({ ...chosen, idleEndSeconds: 30 })),
    callType: fc.constant('pstn'),
    participants: fc.constant([participant('alice'), participant('bob')]),
    capabilities: fc.record({ prompts: fc.constant('obeys'), gate: fc.boolean(), indicator: fc.constant(true) }),
  }),
  by: fc.constant({ kind: 'participant', participantId: 'bob' } as const),
  acts: fc.array(aheadAct, { minLength: 5, maxLength: 30 }).map((acts) => [TALK, ...acts]),
})

type Way = 'announcing' | 'failed' | 'starting at a shut gate' | 'resuming at a shut gate' | 'resuming after a beep'

/** Calls that begin in one of the places where chance alone seldom leads, by name; then anything happens. */
export const rareScript: fc.Arbitrary<Script> = fc
  .record({
    way: fc.constantFrom<Way>('announcing', 'failed', 'starting at a shut gate', 'resuming at a shut gate', 'resuming after a beep'),
    mode: fc.constantFrom('always', 'always-pause-resume', 'on-demand-user-start', 'on-demand'),
    rules,
    last: fc.array(fc.oneof({ arbitrary: anything, weight: 3 }, { arbitrary: act(2_000), weight: 1 }), { minLength: 1, maxLength: 5 }),
  })
  .map(({ way, mode, rules: chosen, last }) => {
    const isAnnounced = way === 'announcing' || way === 'failed'
    const quiet: SettingsInput = {
      startStopAnnouncement: { internal: isAnnounced, pstn: isAnnounced },
      tone: { enabled: false },
      pauseResumeNotification: way === 'resuming after a beep' ? 'beep' : 'none',
    }
    const isJoiner = way === 'starting at a shut gate'
    return {
      given: {
        settings: isJoiner ? { alice: { ...quiet, mode: 'always-pause-resume' }, carol: { ...quiet, mode } } : { alice: { ...quiet, mode } },
        rules: chosen,
        callType: 'pstn',
        participants: NAMES.map((name) => participant(name)),
        capabilities: { prompts: 'obeys', gate: true, indicator: true },
      },
      by: { kind: 'participant', participantId: 'bob' },
      acts: [...(isJoiner ? [] : [press('alice', 'start')]), TALK, ...WAYS[way], ...last],
    }
  })

const press = (name: Name, control: ControlName): Act => ({ do: 'press', who: name, control, at: null })
const TALK: Act = { do: 'talk', ms: 1_000, speakers: ['alice', 'bob'], how: 'plain' }
const PAUSED: readonly Act[] = [press('alice', 'pause'), { do: 'gate', isOld: false, isWrong: false, lagMs: 0 }]
const WAYS: Readonly<Record<Way, readonly Act[]>> = {
  announcing: [],
  failed: [{ do: 'prompt', outcome: 'failed', ms: 0, which: 0 }],
  'starting at a shut gate': [...PAUSED, { do: 'join', who: 'carol', lagMs: 0 }, press('carol', 'start')],
  'resuming at a shut gate': [...PAUSED, press('alice', 'resume')],
  'resuming after a beep': [...PAUSED, press('alice', 'resume')],
}
