import { writeDuration } from '@twinreel/scenarios/language/call-clock'
import type { CapturedCall } from './captured-call.ts'
import { UnsayableCallError } from './captured-call.ts'
import type { Cast } from './cast.ts'
import { commandsOf, type StoryLine } from './fates.ts'
import type { HeardAudio } from './heard-audio.ts'
import { silentHolds } from './missing-audio.ts'

const VERBS = { 'control.start': 'starts', 'control.stop': 'stops', 'control.pause': 'pauses', 'control.resume': 'resumes' } as const
/** A platform that was asked to end the call does so before. */
const AFTER_RELEASE_MS = 10_000
/** Before the answer that never came. */
export const GIVEN_UP_MS = 1_000

export interface Story {
  lines: StoryLine[]
  notes: string[]
}

/** What people did in the call, in the words of timelines, in order of time; the last line ends it. */
export function storyLines(call: CapturedCall, audio: HeardAudio, cast: Cast): Story {
  const [lines, notes]: [StoryLine[], string[]] = [[], []]
  if (call.answered !== null) lines.push(answerLine(call, cast))
  const silent = silentHolds(call, audio)
  const isTransfer = transfers(call)
  const answeredBy = call.answered?.by.participantId
  call.events.forEach((event, index) => {
    const at = (atMs: number | undefined): number => Math.round(atMs ?? audio.clockAt(index))
    const say = (atMs: number, text: string): void => void lines.push({ atMs, text })
    switch (event.type) {
      case 'control.start':
      case 'control.stop':
      case 'control.pause':
      case 'control.resume': {
        const who = whoPressed(event.data, cast)
        if (who === null) return void notes.push('somebody who was not in the call pressed a key; it is left out')
        const isBefore = call.answered === null || call.events.findIndex(({ type }) => type === 'call.answered') > index
        const pressedMs = isBefore ? Math.min(-1, call.clockMs(event) ?? -1) : at(event.data.atMs)
        const lateMs = isBefore ? 0 : audio.clockAt(index) - pressedMs
        const { via } = event.data
        return say(
          pressedMs,
          `${who} ${VERBS[event.type]}${via === 'softkey' ? '' : ` by ${via}`}${!isBefore && event.data.atMs === undefined ? ', unstamped' : ''}${lateMs > 0 ? `, ${writeDuration(lateMs)} late` : ''}`,
        )
      }
      case 'call.held': {
        const { participantId } = event.data
        const fromMs = at(event.data.atMs)
        const isSilent = silent.some((hold) => hold.participantId === participantId && Math.round(hold.fromMs) === fromMs)
        return say(fromMs, `${cast.nameOf(participantId)} holds${isSilent ? ' silently' : ''}`)
      }
      case 'call.retrieved':
        return say(at(event.data.atMs), `${cast.nameOf(event.data.participantId)} retrieves`)
      case 'participant.joined': {
        const { participant, reason, streams } = event.data
        if (participant.participantId === answeredBy && isPickUp(call, participant.participantId)) return
        if (streams.length !== 1) notes.push(`${cast.nameOf(participant.participantId)} joined with ${streams.length} streams; here everybody has one`)
        const by = isTransfer.get(event)
        if (by === undefined) return say(at(event.data.atMs), `${cast.nameOf(participant.participantId)} joins${forReason(reason, notes)}`)
        return say(at(event.data.atMs), `${cast.nameOf(by.by)} transfers ${cast.nameOf(by.who)} to ${cast.nameOf(participant.participantId)}`)
      }
      case 'participant.left': {
        const { participantId, reason, atMs } = event.data
        if ([...isTransfer.values()].some(({ left }) => left === event)) return
        // Whoever was rung in vain is gone by itself.
        if (isRungInVain(call, participantId) && (atMs ?? 0) === 0) return
        return say(at(atMs), `${cast.nameOf(participantId)} leaves${forReason(reason, notes)}`)
      }
      case 'stream.changed': {
        const { participantIds, codec, sampleRateHz } = event.data.stream
        return say(at(event.data.atMs), `${cast.nameOf(participantIds[0] ?? '')}'s stream becomes ${codec}${codec === 'L16' ? ` at ${sampleRateHz}` : ''}`)
      }
      case 'stream.added':
        return void notes.push('a stream was added to an end of the call that had one; here everybody has one')
      case 'media':
      case 'call.started':
      case 'call.answered':
      case 'call.ended':
      case 'prompt.finished':
      case 'gate.closed':
      case 'gate.opened':
      case 'timer.due':
        return
    }
  })
  lines.sort((a, b) => a.atMs - b.atMs)
  lines.push(endLine(call, audio, notes))
  return { lines, notes: [...new Set(notes)] }
}

function answerLine(call: CapturedCall, cast: Cast): StoryLine {
  const by = call.answered?.by
  if (by === undefined) throw new UnsayableCallError('nobody answered')
  const name = cast.nameOf(by.participantId)
  if (by.kind === 'voicemail') return { atMs: 0, text: `${name}'s voicemail answers` }
  return { atMs: 0, text: isPickUp(call, by.participantId) ? `${name} picks up` : `${name} answers` }
}

function isPickUp({ started }: CapturedCall, participantId: string): boolean {
  return !started.participants.some((participant) => participant.participantId === participantId)
}

function isRungInVain({ started, answered }: CapturedCall, participantId: string): boolean {
  return (
    answered?.by.participantId !== participantId &&
    started.participants.some((participant) => participant.participantId === participantId && participant.role === 'terminating')
  )
}

function whoPressed({ userId, participantId }: { userId?: string | undefined; participantId?: string | undefined }, cast: Cast): string | null {
  return participantId === undefined ? cast.userNamed(userId ?? '') : cast.nameOf(participantId)
}

interface Transfer {
  by: string
  who: string
  left: CapturedCall['events'][number]
}

/** Joinings at whose very moment somebody left for the same transfer, and who stayed. */
function transfers({ events, answered, started }: CapturedCall): Map<CapturedCall['events'][number], Transfer> {
  const found = new Map<CapturedCall['events'][number], Transfer>()
  const here = new Set([started.participants.find(({ role }) => role === 'originating')?.participantId ?? '', answered?.by.participantId ?? ''])
  for (const event of events) {
    if (event.type === 'participant.left') here.delete(event.data.participantId)
    if (event.type !== 'participant.joined') continue
    const left = events.find(
      (other) => other.type === 'participant.left' && other.data.reason === 'transfer' && other.data.atMs !== undefined && other.data.atMs === event.data.atMs,
    )
    const by = left?.type === 'participant.left' ? left.data.participantId : undefined
    const who = [...here].find((participantId) => participantId !== by)
    if (event.data.reason === 'transfer' && left !== undefined && by !== undefined && here.has(by) && who !== undefined) found.set(event, { by, who, left })
    here.add(event.data.participant.participantId)
  }
  return found
}

/** A reason is copied when it is a word, and no number or replaced text. */
function forReason(reason: string | undefined, notes: string[]): string {
  if (reason === undefined) return ''
  if (/^[a-z][a-z-]{0,31}$/.test(reason)) return ` for ${reason}`
  notes.push('a reason of coming or going is left out')
  return ''
}

function endLine(call: CapturedCall, audio: HeardAudio, notes: string[]): StoryLine {
  if (call.answered === null) return { atMs: -GIVEN_UP_MS, text: 'hang up' }
  if (call.ended === null) return { atMs: audio.endMs, text: 'call vanishes' }
  if (commandsOf(call).some(({ type }) => type === 'call.release')) {
    notes.push('the recorder asked to release the call; hanging up at the end is for a platform that would not')
    return { atMs: audio.endMs + AFTER_RELEASE_MS, text: 'hang up' }
  }
  const { reason } = call.ended.data
  return { atMs: audio.endMs, text: `hang up${reason === undefined || reason === 'normal' ? '' : forReason(reason, notes)}` }
}
