import type { RecorderChange } from '@twinreel/catalog/recorder-changes'
import type { CallSpan, Loss } from '@twinreel/recording/facts'
import { settingsSchema, type Mode, type Settings } from '@twinreel/recording/settings'

export interface Draws {
  whole(min: number, max: number): number
  chance(p: number): boolean
  pick<T>(from: readonly T[]): T
}

/** Random numbers that are the same for the same seed (mulberry32). */
export function draws(seed: number): Draws {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    whole: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (p) => next() < p,
    pick(from) {
      const picked = from[Math.floor(next() * from.length)]
      if (picked === undefined) throw new RangeError('nothing to pick from')
      return picked
    },
  }
}

/** A recording as the recorder would have left it; call time. */
export interface MadeRecording {
  startMs: number
  endMs: number | null
  endReason: string
  segments: CallSpan[]
  losses: Loss[]
  paused: CallSpan[]
  pausedMs: number
  lostMs: number
  mode: Mode
  settings: Settings
}

/** A user's part of a call: what the ledger says, and what the platform's record says. */
export interface MadePart {
  userId: string
  /** `null`: the ledger has no row. */
  outcome: { outcome: 'recorded' } | { outcome: 'excluded'; reason: string } | { outcome: 'failed'; reason: string } | null
  recordings: MadeRecording[]
  /** Call time, by the platform's record; `null`: it has none. */
  record: MadeRecord | null
}

export interface MadeRecord {
  /** As the file names the user. */
  user: string
  answerMs: number
  releaseMs: number
  answered: boolean
  cells: Record<string, string>
}

export interface MadeCall {
  callId: string
  timeZeroMs: number
  lengthMs: number
  callType: string | null
  correlationId: string | null
  parts: MadePart[]
  /** Records of nobody we know. */
  strangers: MadeRecord[]
  /** What of it came to the log. */
  log: 'all' | 'nothing' | 'no-answer' | 'no-end'
  /** How the file names it. */
  names: 'call-id' | 'correlation' | 'time'
}

const SEGMENT_MS = 60_000
const PLAIN: Settings = settingsSchema.parse({ mode: 'always', startStopAnnouncement: { internal: false, pstn: false } })
export const ANNOUNCED: Settings = settingsSchema.parse({ mode: 'always' })

/** Captured from one moment to another but for its pauses, in segments of a minute. */
export function made(startMs: number, endMs: number, over: Partial<MadeRecording> & { pauses?: CallSpan[] } = {}): MadeRecording {
  const { pauses = [], ...rest } = over
  const spans: CallSpan[] = []
  let at = startMs
  for (const [from, to] of [...pauses, [endMs, endMs] as const]) {
    for (let next = at; next < from; next += SEGMENT_MS) spans.push([next, Math.min(from, next + SEGMENT_MS)])
    at = to
  }
  // A pause at the end belongs to no segment: only its length is known.
  const paused = pauses.filter(([, to]) => spans.some(([from]) => from >= to))
  return {
    startMs,
    endMs,
    endReason: 'call-ended',
    segments: spans,
    losses: [],
    paused,
    pausedMs: pauses.reduce((sum, [from, to]) => sum + to - from, 0),
    lostMs: 0,
    mode: 'always',
    settings: PLAIN,
    ...rest,
  }
}

const announce = { topic: 'recordings', key: 'k', headers: {}, value: '{}' }

/** What a recorder commits of a call. */
export function changesOf(call: MadeCall, offset: number): RecorderChange[] {
  const { callId, timeZeroMs } = call
  if (call.log === 'nothing') return []
  const opened: RecorderChange = {
    kind: 'call.opened',
    callId,
    orgId: 'acme',
    callType: call.callType,
    direction: 'inbound',
    correlationId: call.correlationId,
    offset,
  }
  const closed: RecorderChange = { kind: 'call.closed', callId, endedLogMs: timeZeroMs + call.lengthMs + 40 }
  if (call.log === 'no-answer') return [opened, closed]
  const parts = call.parts.flatMap((part) => [
    ...part.recordings.flatMap((recording, index) => recordingChanges(call, part, recording, index + 1)),
    ...(part.outcome === null
      ? []
      : [{ kind: 'ledger', callId, ownerId: part.userId, orgId: 'acme', outcome: part.outcome, lateMs: 0, announce: null } as RecorderChange]),
  ])
  return [opened, { kind: 'call.answered', callId, timeZeroMs }, ...parts, ...(call.log === 'no-end' ? [] : [closed])]
}

function recordingChanges(call: MadeCall, { userId }: MadePart, recording: MadeRecording, ordinal: number): RecorderChange[] {
  const recordingId = `${call.callId}-${userId}-${ordinal}`
  const key = `recordings/acme/${userId}/${recordingId}`
  const capturedMs = recording.segments.reduce((sum, [from, to]) => sum + to - from, 0)
  return [
    {
      kind: 'recording.started',
      recordingId,
      callId: call.callId,
      orgId: 'acme',
      ownerId: userId,
      ordinal,
      mode: recording.mode,
      settings: recording.settings,
      provisional: false,
      startedAtMs: call.timeZeroMs + recording.startMs,
      announce,
    },
    ...recording.segments.map(([fromMs, toMs], index): RecorderChange => ({
      kind: 'segment',
      recordingId,
      index,
      key: `${key}/${String(index).padStart(5, '0')}.wav`,
      sha256: 'ab',
      sizeBytes: 100,
      fromMs,
      toMs,
      detail: JSON.stringify({
        format: { codec: 'PCMU', sampleRateHz: 8_000 },
        held: [],
        marks: [],
        losses: recording.losses.filter((loss) => loss.fromMs >= fromMs && loss.toMs <= toMs),
        paused: recording.paused.filter(([, to]) => to === fromMs),
      }),
    })),
    ...(recording.endMs === null
      ? []
      : [
          {
            kind: 'recording.ended',
            recordingId,
            status: capturedMs === 0 ? 'empty' : 'completed',
            reason: recording.endReason,
            endedAtMs: call.timeZeroMs + recording.endMs,
            endedLogMs: call.timeZeroMs + recording.endMs,
            totals: {
              capturedMs,
              pausedMs: recording.pausedMs,
              heldMs: 0,
              lostMs: recording.lostMs,
              segments: recording.segments.length,
              tones: 0,
              prompts: 0,
            },
            sizeBytes: 100,
            manifest: null,
            announce: null,
          } as RecorderChange,
        ]),
  ]
}

export const HEADERS = [
  'Report ID',
  'Call ID',
  'Correlation ID',
  'User UUID',
  'User type',
  'Start time',
  'Answer time',
  'Release time',
  'Duration',
  'Answered',
  'Direction',
  'Calling number',
  'Called number',
  'Call type',
  'Related reason',
  'Call Recording Trigger',
  'Call Recording Result',
  'Location',
] as const

/** A number that must come out nowhere. */
export const NUMBER = '+12025550147'
const CALL_TYPES: Readonly<Record<string, string>> = { internal: 'SIP_ENTERPRISE', pstn: 'SIP_NATIONAL', emergency: 'SIP_EMERGENCY', fax: 'SIP_NATIONAL' }

/** The platform's rows of a call, in the file's columns. */
export function rowsOf(call: MadeCall): Record<string, string>[] {
  const records = [...call.parts.flatMap(({ record }) => (record === null ? [] : [record])), ...call.strangers]
  return records.map(({ user, answerMs, releaseMs, answered, cells }, index): Record<string, string> => {
    const [answer, release] = [call.timeZeroMs + answerMs, call.timeZeroMs + releaseMs]
    return {
      'Report ID': `report-${call.callId}-${index}`,
      'Call ID': call.names === 'call-id' ? call.callId : call.names === 'correlation' ? `SSE-${call.callId}-${index}@192.0.2.29` : '',
      'Correlation ID': call.names === 'time' ? '' : (call.correlationId ?? ''),
      'User UUID': user,
      'User type': user === '' ? 'LocalGateway' : 'User',
      'Start time': new Date(answer - 3_000).toISOString(),
      'Answer time': answered ? new Date(answer).toISOString() : 'NA',
      'Release time': new Date(release).toISOString(),
      Duration: answered ? String(Math.round((release - answer) / 1_000)) : '0',
      Answered: String(answered),
      Direction: index === 0 ? 'TERMINATING' : 'ORIGINATING',
      'Calling number': NUMBER,
      'Called number': '2001',
      'Call type': CALL_TYPES[call.callType ?? 'pstn'] ?? 'UNKNOWN',
      'Related reason': call.callType === 'fax' ? 'FaxDeposit' : '',
      'Call Recording Trigger': '',
      'Call Recording Result': '',
      Location: index % 7 === 0 ? 'Main\n"HQ", floor 2' : 'Main',
      ...cells,
    }
  })
}
