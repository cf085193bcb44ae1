import { z } from 'zod'
import { atMs, name, participantId, userId } from './identifiers.ts'

export const promptKind = z.enum([
  'recording-started',
  'recording-stopped',
  'recording-paused',
  'recording-resumed',
  'not-recorded',
  'pause-beep',
  'resume-beep',
  'tone',
])

/** Play this to every participant, on a stream of its own that never reaches the log; answer with `prompt.finished`. */
const promptPlay = z.looseObject({
  promptId: name,
  prompt: promptKind,
  /** Call time at which the recorder decided it. */
  atMs,
  /** After this call time it is not played any more but answered as `expired`. Only tones have it. */
  expiresAtMs: atMs.optional(),
})
/** The icon on the owner's phone. Carries the whole state, so a repeat changes nothing. */
const indicatorUpdate = z.looseObject({ userId, participantIds: z.array(participantId), indicator: z.enum(['recording', 'paused', 'off']), atMs })
/** Send no audio of this call any more. Ignore it if a command with a higher sequence came before. */
const gateClose = z.looseObject({ sequence: z.int().min(1), atMs })
const gateOpen = z.looseObject({ sequence: z.int().min(1), atMs })

export const rejectionReason = z.enum([
  'not-allowed-in-mode',
  'already-recording',
  'already-paused',
  'not-recording',
  'not-paused',
  'starting',
  'excluded',
  'failed',
  'not-an-owner',
  'call-not-answered',
  'call-ended',
])
/** The control changed nothing; say so to whoever pressed it. */
const controlRejected = z.looseObject({
  eventId: name,
  control: z.enum(['start', 'stop', 'pause', 'resume']),
  userId: userId.optional(),
  reason: rejectionReason,
  atMs,
})
/** End the call: its failure behaviour says that it must not go on unrecorded. */
const callRelease = z.looseObject({ reason: z.enum(['announcement-failed']), atMs })
/** Answers an event that carried `awaits`, after the commands it caused. */
const eventHandled = z.looseObject({ eventId: name })

export const CALL_COMMANDS = {
  'prompt.play': { 1: promptPlay },
  'indicator.update': { 1: indicatorUpdate },
  'gate.close': { 1: gateClose },
  'gate.open': { 1: gateOpen },
  'control.rejected': { 1: controlRejected },
  'call.release': { 1: callRelease },
  'event.handled': { 1: eventHandled },
} as const

export type CallCommandType = keyof typeof CALL_COMMANDS
export type CallCommandData<T extends CallCommandType> = z.output<(typeof CALL_COMMANDS)[T][1]>
export type PromptKind = z.output<typeof promptKind>
export type RejectionReason = z.output<typeof rejectionReason>
export type CallCommand = { [T in CallCommandType]: { type: T; data: CallCommandData<T> } }[CallCommandType]
