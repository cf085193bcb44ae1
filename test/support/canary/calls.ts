import { settingsSchema, type Settings } from '@twinreel/recording/settings'
import { namespaceOf, type People } from '@twinreel/simulator/people'
import type { ActionInput, CallPlanInput } from '@twinreel/simulator/plan'
import { drawsOf, keyOf, type Draws } from '@twinreel/simulator/random'
import type { Pause } from './pattern.ts'

export interface CanaryCalls {
  people: People
  plans: CallPlanInput[]
  pausesOf: ReadonlyMap<string, readonly Pause[]>
  pauses: number
}

/** One segment in so much recording time: pauses meet segments that are just full. */
export const SEGMENT_SECONDS = 5
/** How long pauses are, over and over. */
const PAUSE_MS = [100, 150, 300, 700, 120, 1_500, 250, 2_600]
const CODECS = [['PCMU', 'PCMU'], ['PCMA', 'PCMA'], ['L16', 'L16'], ['PCMU', 'PCMA']] as const // prettier-ignore
/** What lies between a resume and the next pause: prompts that pile up are given up. */
const GAPS_MS = { none: [120, 350, 500, 900], beep: [120, 350, 900, 1_500], announcement: [900, 3_200, 4_000, 4_500] } as const
const NOTIFICATIONS = ['none', 'beep', 'announcement'] as const

/** Calls in which one user pauses again and again: on publishers with a gate and without, with every notification and codec. */
export function canaryCalls(options: { seed: number; calls: number; callMs: number; firstPause?: number }): CanaryCalls {
  const { seed, calls, callMs } = options
  const orgId = `canary-${seed}`
  const pausesOf = new Map<string, Pause[]>()
  let pauses = options.firstPause ?? 0
  const plans = Array.from({ length: calls }, (_, index): CallPlanInput => {
    const callId = `${orgId}-${index + 1}`
    const notification = NOTIFICATIONS[index % NOTIFICATIONS.length] ?? 'none'
    const isGated = index % 2 === 0
    const [near, far] = CODECS[Math.floor(index / 2) % CODECS.length] ?? CODECS[0]
    const draws = drawsOf(keyOf('canary calls', seed, index))
    const story = pausesAndResumes({
      draws,
      notification,
      userId: userOf(orgId, notification),
      callMs,
      fillsSegments: notification === 'none' && !isGated,
      number: pauses,
    })
    pauses += story.pauses.length
    pausesOf.set(callId, story.pauses)
    return {
      callId,
      orgId,
      seed,
      direction: 'outbound',
      startAfterMs: index * 97,
      ringMs: 500,
      participants: [
        { participantId: 'caller', role: 'originating', userId: userOf(orgId, notification) },
        { participantId: 'called', role: 'terminating', voice: 'cards' },
      ],
      answeredBy: { kind: 'participant', participantId: 'called' },
      capabilities: { prompts: 'obeys', gate: isGated, indicator: true },
      streams: [
        { streamId: 'caller', participantIds: ['caller'], codec: near, sampleRateHz: 8_000 },
        { streamId: 'called', participantIds: ['called'], codec: far, sampleRateHz: 8_000 },
      ],
      actions: [...story.actions, { do: 'hang-up', atMs: callMs }],
    }
  })
  return { people: peopleOf(seed, orgId), plans, pausesOf, pauses: pauses - (options.firstPause ?? 0) }
}

function pausesAndResumes(of: {
  draws: Draws
  notification: (typeof NOTIFICATIONS)[number]
  userId: string
  callMs: number
  fillsSegments: boolean
  number: number
}): {
  actions: ActionInput[]
  pauses: Pause[]
} {
  const { draws, notification, userId, callMs, fillsSegments, number } = of
  const actions: ActionInput[] = []
  const pauses: Pause[] = []
  const press = (control: 'pause' | 'resume', atMs: number): void => void actions.push({ do: 'control', control, userId, via: 'softkey', atMs })
  let atMs = draws.whole(600, 1_400)
  for (let turn = 0; atMs < callMs - 700; turn++) {
    const lengthMs = PAUSE_MS[(turn + draws.whole(0, 2)) % PAUSE_MS.length] ?? 100
    const endMs = atMs + lengthMs
    press('pause', atMs)
    // Some press it again, and some hang up before they resume.
    if (draws.chance(0.2) && endMs < callMs) press('pause', atMs + Math.floor(lengthMs / 2))
    const isLast = endMs > callMs - 500 || (draws.chance(0.5) && endMs > callMs - 2_000)
    pauses.push({ number: number + pauses.length + 1, fromMs: atMs, toMs: isLast ? Number.POSITIVE_INFINITY : endMs })
    if (isLast) break
    press('resume', endMs)
    // To the millisecond when a segment is full, just before, just behind; or soon.
    const full = SEGMENT_SECONDS * 1_000
    atMs = endMs + (fillsSegments && turn % 3 === 0 ? full + draws.pick([-1, 0, 1]) : draws.pick(GAPS_MS[notification]))
  }
  return { actions, pauses }
}

function userOf(orgId: string, notification: string): string {
  return `${orgId}-${notification}`
}

function peopleOf(seed: number, orgId: string): People {
  return {
    orgId,
    name: orgId,
    partnerId: 'canary',
    idNamespace: namespaceOf(seed),
    rules: { segmentSeconds: SEGMENT_SECONDS },
    users: NOTIFICATIONS.map((notification, index) => ({
      userId: userOf(orgId, notification),
      displayName: notification,
      number: `+1303555${String(2_000 + index)}`,
      tier: 'standard',
      settings: settingsOf(notification),
    })),
  }
}

function settingsOf(pauseResumeNotification: Settings['pauseResumeNotification']): Settings {
  return settingsSchema.parse({ mode: 'always-pause-resume', startStopAnnouncement: { internal: false, pstn: false }, pauseResumeNotification })
}
