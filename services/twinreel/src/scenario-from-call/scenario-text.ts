import { createHash } from 'node:crypto'
import { Document } from 'yaml'
import type { PromptKind } from '@twinreel/contracts/call-commands'
import type { Capture } from '@twinreel/replay/capture/capture'
import { writeCallTime } from '@twinreel/contracts/call-time'
import { writeDuration } from '@twinreel/scenarios/language/call-clock'
import { capturedCall, UnsayableCallError, type CapturedCall } from './captured-call.ts'
import { castOf, type Cast } from './cast.ts'
import { gateFates, promptFates } from './fates.ts'
import { heardAudio, type HeardAudio } from './heard-audio.ts'
import { missingAudio } from './missing-audio.ts'
import { redirectionsOf } from './redirections.ts'
import { rulesInWords, settingsInWords } from './settings-words.ts'
import { GIVEN_UP_MS, storyLines } from './story-lines.ts'

export interface WrittenScenario {
  text: string
  cast: Cast
  /** What of the call is not in the scenario, or not as it was. */
  notes: readonly string[]
}

/** Longest ringing that scenarios have. */
const MAX_RINGING_MS = 120_000

/**
 * The call of a capture in the words of scenario files, without `expect`. No name, number, id, word or tier of the call is in it; with `keepNames`, names and ids that can't be
 * called are. Throws `UnsayableCallError` for a call that the words can't tell.
 */
export function scenarioText(
  capture: Capture,
  { lengthsMs, keepNames }: { lengthsMs: Readonly<Record<PromptKind, number>>; keepNames: boolean },
): WrittenScenario {
  const call = capturedCall(capture)
  const audio = heardAudio(call)
  const cast = castOf(call, { keepNames })
  const story = storyLines(call, audio, cast)
  const prompts = promptFates(call, { endMs: audio.endMs, lengthsMs })
  const lost = missingAudio(call, audio, cast)
  const ending = story.lines.at(-1)
  const before = [...prompts.lines, ...gateFates(call, audio), ...lost.lines, ...story.lines.slice(0, -1)].toSorted((a, b) => a.atMs - b.atMs)
  const timeline = [...before, ...(ending === undefined ? [] : [ending])].map(({ atMs, text }) => `${writeCallTime(atMs)} ${text}`)
  const notes = [...new Set([...generalNotes(call, { keepNames }), ...story.notes, ...prompts.notes, ...lost.notes])]
  const parts = { ...peopleIn(call, audio, cast), ...faultsIn(call, audio), call: callIn(call, cast), timeline }
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8)
  const names = [...cast.users, ...cast.parties].map(({ name }) => name)
  return { text: yamlOf({ scenario: `Captured call ${digest}: ${names.slice(0, 5).join(', ')}`, ...parts }, notes), cast, notes }
}

function yamlOf(content: Record<string, unknown>, notes: readonly string[]): string {
  const document = new Document({})
  for (const [key, value] of Object.entries(content)) {
    const isTable = key === 'users' || key === 'parties'
    document.set(
      key,
      isTable
        ? Object.fromEntries(Object.entries(value as Record<string, unknown>).map(([name, one]) => [name, document.createNode(one, { flow: true })]))
        : document.createNode(value, { flow: typeof value === 'object' && !Array.isArray(value) }),
    )
  }
  document.commentBefore = [' Written by `twinreel scenario from-call`. Not carried over:', ...notes.map((note) => ` - ${note}`)].join('\n')
  return document.toString({ lineWidth: 0, indentSeq: true })
}

function generalNotes({ capture: { header }, started, unreadable }: CapturedCall, { keepNames }: { keepNames: boolean }): string[] {
  return [
    'what was said: recorded voices speak in place of people',
    `${keepNames ? 'numbers' : 'names, numbers, ids'} and device names; tiers, which no capture holds, so that nothing is expected of when a recording is due`,
    ...(header.leftOut + unreadable > 0 ? [`${header.leftOut + unreadable} messages that nobody could read`] : []),
    ...(started.dialledDigits === undefined ? [] : ['the digits that were dialled']),
    ...(started.location === undefined ? [] : ['the location']),
    ...(started.relatedCall === undefined ? [] : ['that it belongs to another call: each capture is one']),
  ]
}

function peopleIn(call: CapturedCall, audio: HeardAudio, cast: Cast): Record<string, unknown> {
  const format = (participantId: string): Record<string, unknown> => {
    const spell = audio.spells.find((one) => one.participantId === participantId)
    if (spell === undefined) return {}
    const { codec, sampleRateHz } = spell.format
    return { ...(codec === 'PCMU' ? {} : { codec }), ...(sampleRateHz === 8_000 ? {} : { rate: sampleRateHz }) }
  }
  for (const {
    format: { sampleRateHz },
  } of audio.spells)
    if (sampleRateHz !== 8_000 && sampleRateHz !== 16_000)
      throw new UnsayableCallError(`a stream has ${sampleRateHz} samples a second; scenarios have 8000 and 16000`)
  const streams = [
    ...(call.answered?.streams ?? []),
    ...call.events.flatMap((event) =>
      event.type === 'participant.joined' ? event.data.streams : event.type === 'stream.added' || event.type === 'stream.changed' ? [event.data.stream] : [],
    ),
  ]
  const shared = streams.find(({ participantIds }) => participantIds.length > 1)
  if (shared !== undefined) throw new UnsayableCallError('several ends of the call share one stream; in scenarios each has its own')
  const rules = rulesInWords(
    cast.users[0]?.policy.rules ?? { failureBehavior: 'proceed-with-announcement', recordEmergency: false, idleEndSeconds: 120, segmentSeconds: 60 },
  )
  const { prompts, gate, indicator } = call.started.capabilities
  const platform = { ...(prompts === 'obeys' ? {} : { prompts }), ...(gate ? {} : { gate: 'off' }), ...(indicator ? {} : { indicator: 'off' }) }
  return {
    ...(Object.keys(rules).length === 0 ? {} : { org: rules }),
    ...(Object.keys(platform).length === 0 ? {} : { platform }),
    users: Object.fromEntries(
      cast.users.map(({ name, kind, policy, participantId }) => [
        name,
        { ...(kind === 'user' ? {} : { kind }), ...settingsInWords(policy.settings), ...format(participantId) },
      ]),
    ),
    ...(cast.parties.length === 0
      ? {}
      : {
          parties: Object.fromEntries(
            cast.parties.map(({ name, user, participantId }) => [name, { ...(user === null ? {} : { user }), ...format(participantId) }]),
          ),
        }),
  }
}

function faultsIn({ repeats, events }: CapturedCall, { overtaken, messages }: HeardAudio): Record<string, unknown> {
  const share = (part: number, all: number): string => `${Math.min(100, Math.max(1, Math.round((part / all) * 100)))} %`
  const faults = {
    ...(repeats === 0 ? {} : { duplicate: share(repeats, events.length) }),
    ...(overtaken === 0 ? {} : { reorder: share(overtaken, messages) }),
  }
  return Object.keys(faults).length === 0 ? {} : { faults }
}

function callIn(call: CapturedCall, cast: Cast): Record<string, unknown> {
  const { started, answered, rangMs } = call
  const callers = started.participants.filter(({ role }) => role === 'originating')
  const called = started.participants.filter(({ role }) => role === 'terminating').map(({ participantId }) => cast.nameOf(participantId))
  const [caller] = callers
  if (caller === undefined || callers.length > 1) throw new UnsayableCallError(`the call has ${callers.length} callers; in scenarios it has one`)
  const [first] = called
  if (first === undefined) throw new UnsayableCallError('the call rang nobody; in scenarios it rings somebody')
  const isUser = (name: string): boolean => [...cast.users, ...cast.parties].some((one) => one.name === name && (!('user' in one) || one.user !== null))
  const [from, isInternal] = [cast.nameOf(caller.participantId), isUser(cast.nameOf(caller.participantId)) && isUser(first)]
  const usual = { type: isInternal ? 'internal' : 'pstn', direction: isInternal ? 'internal' : isUser(from) ? 'outbound' : 'inbound' }
  const ringMs = Math.min(MAX_RINGING_MS, Math.round(rangMs) + (answered === null ? GIVEN_UP_MS : 0))
  return {
    from,
    to: called.length === 1 ? first : called,
    ...(started.callType === undefined || started.callType === usual.type ? {} : { type: started.callType }),
    ...(started.direction === undefined || started.direction === usual.direction ? {} : { direction: started.direction }),
    ...(ringMs === 2_000 ? {} : { rings: writeDuration(ringMs) }),
    ...redirectionsOf(call, cast),
  }
}
