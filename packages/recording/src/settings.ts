import { z } from 'zod'

/** The five modes by their wire names. `on-demand` is "keep on request": recorded from the answer, kept only if the user presses record. */
export const MODES = ['never', 'always', 'always-pause-resume', 'on-demand-user-start', 'on-demand'] as const
export type Mode = (typeof MODES)[number]

const TONE_INTERVAL_SECONDS = { min: 10, max: 90, default: 20 } as const

/**
 * A user's recording settings, with the defaults of Webex Calling's call recording (people/{id}/features/callRecording) where it
 * states one, and the safer choice where it does not: announcements are on.
 */
export const settingsSchema = z.strictObject({
  mode: z.enum(MODES).default('never'),
  /** Played before capture starts and after it stops, by the kind of the call. */
  startStopAnnouncement: z.strictObject({ internal: z.boolean(), pstn: z.boolean() }).default({ internal: true, pstn: true }),
  pauseResumeNotification: z.enum(['none', 'beep', 'announcement']).default('none'),
  tone: z
    .strictObject({
      enabled: z.boolean().default(true),
      intervalSeconds: z
        .int({ error: 'must be whole seconds' })
        .min(TONE_INTERVAL_SECONDS.min, { error: 'must be 10 to 90 seconds' })
        .max(TONE_INTERVAL_SECONDS.max, { error: 'must be 10 to 90 seconds' })
        .default(TONE_INTERVAL_SECONDS.default),
    })
    .default({ enabled: true, intervalSeconds: TONE_INTERVAL_SECONDS.default }),
  voicemail: z.boolean().default(false),
  /** Which calls the mode applies to, seen from the owner. */
  calls: z
    .strictObject({ inboundInternal: z.boolean(), inboundExternal: z.boolean(), outboundInternal: z.boolean(), outboundExternal: z.boolean() })
    .default({ inboundInternal: true, inboundExternal: true, outboundInternal: true, outboundExternal: true }),
})

export type Settings = z.output<typeof settingsSchema>
export type SettingsInput = z.input<typeof settingsSchema>

/** What a user has before anyone chose, and again after recording is switched off. */
export const DEFAULT_SETTINGS: Settings = settingsSchema.parse({})

/** What happens to a call whose start announcement can't be played; Webex's three values of `failureBehavior`. */
export const FAILURE_BEHAVIORS = ['proceed-without-announcement', 'proceed-with-announcement', 'end-call'] as const
export type FailureBehavior = (typeof FAILURE_BEHAVIORS)[number]

/** An organization's rules for all of its calls. */
export const orgRulesSchema = z.strictObject({
  failureBehavior: z.enum(FAILURE_BEHAVIORS).default('proceed-with-announcement'),
  recordEmergency: z.boolean().default(false),
  /** A call that said nothing for this long has ended. */
  idleEndSeconds: z.int().min(30).max(3_600).default(120),
  /** Recording time of one segment, at most. */
  segmentSeconds: z.int().min(1).max(120).default(60),
})
export type OrgRules = z.output<typeof orgRulesSchema>

export type ControlName = 'start' | 'stop' | 'pause' | 'resume'

/** Which controls a mode knows at all; whether one applies just now is the state's business. */
export const CONTROLS_BY_MODE: Readonly<Record<Mode, readonly ControlName[]>> = {
  never: [],
  always: [],
  'always-pause-resume': ['pause', 'resume'],
  'on-demand-user-start': ['start', 'stop', 'pause', 'resume'],
  'on-demand': ['start', 'pause', 'resume'],
}
