import { z } from 'zod'
import { callType, codec } from '@twinreel/contracts/call-events'
import { name as wireName } from '@twinreel/contracts/identifiers'
import { FAILURE_BEHAVIORS, MODES, settingsSchema } from '@twinreel/recording/settings'
import { TIERS } from '@twinreel/recording/retention'

/** Of a user, a party or a call: it becomes part of ids and is a word in timelines. */
const NAME = /^[a-z][a-z0-9-]{0,31}$/
const named = z.string().regex(NAME, { error: 'a name has small letters, digits and hyphens, begins with a letter, and has 32 characters at most' })
const onOff = z.enum(['on', 'off'])
const text = z.string().min(1).max(2_000)
const duration = z
  .string()
  .regex(/^\d+(?:\.\d+)? ?(?:ms|s|min|h|d)$/, { error: 'a duration is a number and a unit: 250 ms, 1.5 s, 2 min' })
  .meta({ examples: ['250 ms', '1.5 s', '2 min'] })
/** YAML reads `5 %` as a string and `0.05` as a number; both say the same. */
const share = z
  .union([
    z.number().min(0).max(1),
    z.string().regex(/^(?:\d{1,2}(?:\.\d+)?|100) ?%$/, { error: 'a share is a number from 0 to 1, or a percentage such as 5 %' }),
  ])
  .meta({ examples: ['5 %', 0.05] })
const lines = (examples: readonly string[], max = 5_000) =>
  z
    .array(z.string().min(1).max(300))
    .max(max)
    .meta({ examples: [examples] })

const user = z
  .strictObject({
    'display-name': text.optional(),
    number: z.string().max(64).optional(),
    kind: z.enum(['user', 'workspace', 'virtual-line']).optional().describe('What owns the recordings: a person, a room, or a line that several share.'),
    tier: z.enum(TIERS).optional().describe('go if left out.'),
    recording: onOff.optional().describe('off: the user is known, and nobody has switched recording on.'),
    mode: z.enum(MODES).optional().describe('never if left out.'),
    announcement: z.enum(['both', 'internal', 'pstn', 'none']).optional().describe('Start and stop announcement, by the kind of the call; both if left out.'),
    notification: settingsSchema.shape.pauseResumeNotification.unwrap().optional().describe('How pause and resume are told; none if left out.'),
    tone: z
      .union([z.literal('off'), z.string().regex(/^(?:[1-8]\d|90) ?s$/, { error: 'a tone comes every 10 to 90 whole seconds: 20 s; or off' })])
      .optional()
      .describe('How often the repeat tone sounds; every 20 s if left out.'),
    voicemail: onOff.optional().describe('off if left out.'),
    calls: z
      .union([z.enum(['all', 'none']), z.array(z.enum(['inbound-internal', 'inbound-external', 'outbound-internal', 'outbound-external'])).max(4)])
      .optional()
      .describe('Which calls the mode applies to, seen from the user; all if left out.'),
    device: wireName.optional(),
    codec: codec.optional(),
    rate: z.union([z.literal(8_000), z.literal(16_000)]).optional(),
  })
  .describe('Somebody the recorder knows, by a name that the timelines use.')

const party = z
  .strictObject({
    number: z.string().max(64).optional(),
    'display-name': text.optional(),
    user: named.optional().describe('A further end of this user: another device, or whoever picks up a shared line.'),
    device: wireName.optional(),
    codec: codec.optional(),
    rate: z.union([z.literal(8_000), z.literal(16_000)]).optional(),
  })
  .nullable()
  .describe('An end of a call that is no user of its own.')

const org = z.strictObject({
  'failure-behavior': z.enum(FAILURE_BEHAVIORS).optional(),
  'record-emergency': onOff.optional(),
  'idle-end': duration.optional().describe('30 s to 1 h.'),
  segment: duration.optional().describe('Recording time of one object at most: 1 s to 2 min, whole seconds.'),
})

const platform = z.strictObject({
  prompts: z.enum(['obeys', 'none']).optional().describe('Whether the platform plays prompts; obeys if left out.'),
  gate: onOff.optional().describe('Whether it can stop sending audio; on if left out.'),
  indicator: onOff.optional().describe('Whether it shows an icon; on if left out.'),
})

const faults = z.strictObject({
  loss: share.optional().describe('Of packets of 20 ms.'),
  duplicate: share.optional().describe('Of messages.'),
  reorder: share.optional().describe('Of audio messages, each held back behind later ones for less than 2 s.'),
  'lost-end': onOff.optional().describe('The end of the call never reaches the log.'),
  delay: duration.optional().describe('Every control comes so much later than it was pressed.'),
  jitter: duration.optional().describe('Up to so much more, by chance.'),
  'clock-skew': z
    .string()
    .regex(/^[+-]?\d+(?:\.\d+)? ?(?:ms|s)$/, { error: 'a skew is a duration with a sign: +250 ms, -1 s' })
    .optional()
    .describe('By how much the clock that stamps events is ahead of the audio.'),
})

const expectedOwner = z.union([
  z.string().max(100),
  z.strictObject({
    outcome: z
      .string()
      .max(100)
      .optional()
      .meta({ examples: ['recorded', 'excluded, never-started', 'failed, announcement-failed', 'nothing'] }),
    due: z
      .string()
      .max(100)
      .optional()
      .meta({ examples: ['never', '720 h after the end', 'at the end'] }),
    timeline: lines(['00:04.012 to 00:05.250 captured', '00:05.250 to 00:12.000 paused'])
      .optional()
      .describe('All there is to tell of the owner’s recording, in order.'),
    includes: lines(['00:06.000 stop rejected, not-allowed-in-mode']).optional().describe('Some of it.'),
    audio: lines(['00:04.012 to 00:05.250 left is alice', '00:05.250 to 00:12.000 of bob is nowhere']).optional(),
  }),
])
const expect = z
  .record(named, z.union([expectedOwner, lines(['00:00.000 to 00:04.012 recording-started heard'])]))
  .describe('By user; `call` is what everybody in the call hears, and what the platform is asked.')

const callShape = {
  from: named,
  to: z.union([named, z.array(named).min(1).max(32)]).describe('Whom it rings.'),
  type: z
    .enum([...callType.options, 'unknown'])
    .optional()
    .describe('Internal between users and else pstn, if left out; unknown: the platform does not say.'),
  direction: z.enum(['inbound', 'outbound', 'internal']).optional(),
  rings: duration.optional().describe('How long; 2 s if left out.'),
  starts: duration.optional().describe('When it begins to ring, after the beginning of the scenario.'),
  platform: platform.optional(),
  redirections: z
    .array(z.strictObject({ by: wireName.optional(), from: wireName, to: wireName, reason: wireName }))
    .max(32)
    .optional(),
  'dialled-digits': z.string().max(64).optional(),
  location: wireName.optional(),
  'related-to': z.strictObject({ call: named, reason: wireName }).optional().describe('Another call of this file.'),
}
const timeline = lines(['00:05.250 alice pauses', '00:12.000 alice resumes', '00:20.000 bob hangs up'], 10_000)

/** A scenario file as YAML gives it: everything but what the lines say. */
export const scenarioDocumentSchema = z.strictObject({
  scenario: z.string().min(1).max(200).describe('Its name, as a sentence: what is to be seen.'),
  description: text.optional(),
  tags: z.array(named).max(16).optional(),
  generated: z
    .strictObject({ by: text, seed: z.int().min(0).optional() })
    .optional()
    .describe('Of files that a program wrote.'),
  seed: z.int().min(0).max(2_147_483_647).optional().describe('Of speech and faults; --seed goes before it.'),
  org: org.optional(),
  platform: platform.optional(),
  users: z.record(named, user.nullable()).refine((all) => Object.keys(all).length > 0, { error: 'at least one user' }),
  parties: z.record(named, party).optional(),
  speech: z
    .record(named, z.union([z.string().max(100), z.array(z.string().max(100)).max(100)]))
    .optional()
    .meta({ examples: [{ alice: 'reader', bob: ['cards from 00:02 to 00:10'] }] }),
  faults: faults.optional(),
  call: z.strictObject(callShape).optional().describe('The one call of this scenario.'),
  timeline: timeline.optional().describe('What happens in it.'),
  expect: expect.optional(),
  calls: z
    .record(named, z.strictObject({ ...callShape, timeline, expect: expect.optional() }))
    .optional()
    .describe('Several calls, in place of `call`, `timeline` and `expect`.'),
  realtime: z
    .strictObject({
      'time-ms': z.strictObject({ within: z.number().min(0).max(60_000), because: text }).optional(),
      'level-db': z.strictObject({ within: z.number().min(0).max(96), because: text }).optional(),
      correlation: z.strictObject({ 'at-least': z.number().min(0).max(1), because: text }).optional(),
    })
    .optional()
    .describe('How far a run in real time may be off, and why; a run in virtual time is exact.'),
})

export type ScenarioDocument = z.output<typeof scenarioDocumentSchema>
export type CallDocument = z.output<z.ZodObject<typeof callShape>>
export type UserDocument = NonNullable<z.output<typeof user>>
export type PlatformDocument = z.output<typeof platform>
export type FaultsDocument = z.output<typeof faults>
