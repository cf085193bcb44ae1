import { z } from 'zod'
import { promptKind } from '@twinreel/contracts/call-commands'
import { callType, codec } from '@twinreel/contracts/call-events'
import { atMs, callId, keyPart, name, orgId, participantId, userId } from '@twinreel/contracts/identifiers'
import { planProblems } from './plan-problems.ts'
import type { PlatformEvent } from './platform-state.ts'

const voice = z.enum(['reader', 'cards'])

const plannedParticipant = z.strictObject({
  participantId,
  role: z.enum(['originating', 'terminating']),
  userId: userId.optional(),
  number: z.string().max(128).optional(),
  displayName: z.string().max(256).optional(),
  ownerType: z.enum(['user', 'workspace', 'virtual-line']).optional(),
  deviceId: name.optional(),
  voice: voice.default('reader'),
})

/** A key part, because it becomes part of a truth file's name. */
const streamId = keyPart.max(64)
const format = { codec: codec.default('PCMU'), sampleRateHz: z.union([z.literal(8_000), z.literal(16_000)]).default(8_000) }
/** `participantIds`: who is heard; the first of them lends the voice. */
const plannedStream = z.strictObject({ streamId, participantIds: z.array(participantId).min(1).max(64), ...format })

/** Call time that may lie before the answer, while it rings. */
const moment = z
  .int()
  .min(-120_000)
  .max(7 * 24 * 3_600_000)
const promptChoice = z.enum([...promptKind.options, 'announcement', 'prompt'])
const byMs = z.int().min(0).max(600_000)

/** What becomes of the next prompt of a kind, or of every one from a moment on. */
const promptFate = z.strictObject({
  fromMs: moment,
  which: promptChoice,
  every: z.boolean(),
  fate: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['fails', 'expires', 'is-ignored']) }),
    z.strictObject({ kind: z.enum(['starts-late', 'is-reported-late']), byMs }),
  ]),
})
const gateFate = z.strictObject({
  fromMs: moment,
  every: z.boolean(),
  fate: z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('is-ignored') }), z.strictObject({ kind: z.literal('is-answered-late'), byMs })]),
})

const action = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('hang-up'), atMs: moment, reason: name.default('normal') }),
  /** `stamped`: the event says when the button was pressed. `delayMs`: it reaches the log that much later. */
  z.strictObject({
    do: z.literal('control'),
    atMs: moment,
    control: z.enum(['start', 'stop', 'pause', 'resume']),
    userId: userId.optional(),
    /** Names who pressed it instead. */
    participantId: participantId.optional(),
    via: z.enum(['feature-code', 'softkey', 'app', 'api']).default('softkey'),
    stamped: z.boolean().default(true),
    /** When it says so, if that is another time. */
    datedMs: atMs.optional(),
    delayMs: z.int().min(0).max(60_000).default(0),
  }),
  /** `silent`: the streams on which this participant is heard carry nothing until the call is retrieved. */
  z.strictObject({ do: z.literal('hold'), atMs, participantId, silent: z.boolean().default(false) }),
  z.strictObject({ do: z.literal('retrieve'), atMs, participantId }),
  z.strictObject({ do: z.literal('join'), atMs, participant: plannedParticipant, streams: z.array(plannedStream).max(64), reason: name.optional() }),
  z.strictObject({ do: z.literal('leave'), atMs, participantId, reason: name.optional() }),
  /** Nothing is published for so long; `restarts`: another process goes on with the call, under ids of its own, and knows of no prompt. */
  z.strictObject({ do: z.literal('away'), atMs, forMs: byMs, restarts: z.boolean() }),
  /** Nothing came of the call since it went away: whoever has read to the log's end says so. */
  z.strictObject({ do: z.literal('timer'), atMs }),
  /** The publisher errs: an event that is not true of the call; `afterTheEnd`: it comes behind `call.ended`. */
  z.strictObject({ do: z.literal('nonsense'), atMs: moment, event: z.custom<PlatformEvent>(), afterTheEnd: z.boolean().default(false) }),
  z.strictObject({ do: z.literal('renegotiate'), atMs, streamId, ...format }),
  /** Audio goes out when so much of it is there, in one message; or earlier, ahead of what must stand behind it. */
  z.strictObject({ do: z.literal('collect'), atMs, forMs: z.int().min(0).max(60_000) }),
  /** What is said in between is held back on the way and published now; without a stream id on all streams. */
  z.strictObject({ do: z.literal('send-late'), atMs, fromMs: atMs, toMs: atMs, streamId: streamId.optional() }),
])

/** Everything that happens to one simulated call, on its own clock: milliseconds since the answer. */
export const callPlanSchema = z
  .strictObject({
    callId,
    orgId,
    /** Of the speech and the faults; the same seed and the same plan give the same call. */
    seed: z.int().min(0),
    direction: z.enum(['inbound', 'outbound', 'internal']),
    /** `null`: the platform does not say. */
    callType: callType.nullable().default('pstn'),
    /** What else the platform says of it when it begins. */
    about: z
      .strictObject({
        correlationId: name.optional(),
        relatedCall: z.strictObject({ callId, reason: name }).optional(),
        location: name.optional(),
        dialledDigits: z.string().max(128).optional(),
        redirections: z
          .array(z.strictObject({ by: name.optional(), from: name, to: name, reason: name }))
          .max(32)
          .optional(),
      })
      .default({}),
    /** When it begins to ring, after the simulation's start. */
    startAfterMs: z.int().min(0).max(86_400_000).default(0),
    ringMs: z.int().min(0).max(120_000).default(2_000),
    participants: z.array(plannedParticipant).min(1).max(64),
    /** Joins as the call is answered, though it rang somewhere else, and answers it. */
    pickUp: plannedParticipant.optional(),
    answeredBy: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('participant'), participantId }),
      z.strictObject({ kind: z.literal('voicemail'), participantId, userId: userId.optional() }),
    ]),
    capabilities: z
      .strictObject({ prompts: z.enum(['obeys', 'none']), gate: z.boolean(), indicator: z.boolean() })
      .default({ prompts: 'obeys', gate: true, indicator: true }),
    /** What becomes of an announcement: heard, answered as failed, or never answered. Beeps and tones are always played. */
    announcements: z.enum(['play', 'fail', 'ignore']).default('play'),
    promptFates: z.array(promptFate).max(1_000).default([]),
    gateFates: z.array(gateFate).max(1_000).default([]),
    /** Audio that never reaches the log; without a stream id that of all streams. */
    losses: z
      .array(z.strictObject({ fromMs: atMs, toMs: atMs, streamId: streamId.optional() }))
      .max(1_000)
      .default([]),
    /** How far the clock that stamps events is ahead of the audio. */
    skewMs: z.int().min(-600_000).max(600_000).default(0),
    streams: z.array(plannedStream).max(64),
    /** In order of time, a hang-up last. */
    actions: z.array(action).min(1).max(10_000),
    /** `vanishes`: the call stops without a `call.ended`. */
    end: z.enum(['announced', 'vanishes']).default('announced'),
  })
  .superRefine((plan, context) => {
    for (const { path, message } of planProblems(plan)) context.addIssue({ code: 'custom', path, message })
  })

export type CallPlan = z.output<typeof callPlanSchema>
export type CallPlanInput = z.input<typeof callPlanSchema>
export type Action = z.output<typeof action>
export type ActionInput = z.input<typeof action>
export type PlannedParticipant = z.output<typeof plannedParticipant>
export type PlannedStream = z.output<typeof plannedStream>
export type Voice = z.output<typeof voice>

/** A plan that can't be carried out: says of which call and where. */
export class PlanError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PlanError'
  }
}

/** Checks a plan and fills in its defaults. Throws `PlanError` with every problem and its place. */
export function parsePlan(input: CallPlanInput): CallPlan {
  const parsed = callPlanSchema.safeParse(input)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.') || 'plan'}: ${issue.message}`)
  throw new PlanError(`the plan of call ${input.callId} can’t be carried out: ${problems.join('; ')}`)
}

/** When the plan hangs up, in call time. */
export function plannedLengthMs(plan: CallPlan): number {
  return plan.actions.at(-1)?.atMs ?? 0
}
