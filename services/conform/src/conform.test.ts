import { describe, expect, it } from 'vitest'
import { fromBinary, toStructured } from '@twinreel/contracts/cloudevents'
import { decodeMedia, encodeMedia, type MediaRun } from '@twinreel/contracts/media'
import { conformityOf } from './conform.ts'
import type { ObservedMessage } from './observed.ts'
import { RULES, type Code } from './rules.ts'
import { CALL, goodCall, PARTITIONS, spoken, TIME_ZERO_MS, type Said } from './testing/good-call.ts'

type Spoil = (call: Said[]) => Said[]

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** Changes messages of one kind, or one message by its number among them. */
function change(what: string, how: (message: ObservedMessage, atMs: number) => Partial<ObservedMessage>, number?: number): Spoil {
  return (call) => {
    let seen = 0
    return call.map((said) =>
      said.what === what && (number === undefined || number === seen++) ? { ...said, message: { ...said.message, ...how(said.message, said.atMs) } } : said,
    )
  }
}

const drop =
  (what: string, number?: number): Spoil =>
  (call) => {
    let seen = 0
    return call.filter((said) => said.what !== what || (number !== undefined && number !== seen++))
  }

function data(what: string, how: (data: Record<string, unknown>) => Record<string, unknown>, number?: number): Spoil {
  return change(what, ({ value }) => valued(how(JSON.parse(decoder.decode(value ?? new Uint8Array())) as Record<string, unknown>)), number)
}

function valued(json: unknown): Partial<ObservedMessage> {
  return { value: encoder.encode(JSON.stringify(json)) }
}

const header = (what: string, name: string, value: string | null, number?: number): Spoil =>
  change(
    what,
    ({ headers }) => ({
      headers: Object.fromEntries([...Object.entries(headers).filter(([other]) => other !== name), ...(value === null ? [] : [[name, value]])]),
    }),
    number,
  )

/** Changes the runs of media messages whose end, in ms, `where` takes. */
function runs(how: (runs: MediaRun[], atMs: number) => MediaRun[], where: (atMs: number) => boolean = () => true): Spoil {
  return (call) =>
    call.map((said) =>
      said.what === 'media' && where(said.atMs)
        ? { ...said, message: { ...said.message, value: encodeMedia(how(decodeMedia(said.message.value ?? new Uint8Array()), said.atMs)) } }
        : said,
    )
}

const everyRun = (how: (run: MediaRun) => MediaRun, where?: (atMs: number) => boolean): Spoil => runs((all) => all.map(how), where)

/** Moves messages to another place. */
const move =
  (what: string, number: number, before: number): Spoil =>
  (call) => {
    const moved = call.filter((said) => said.what === what)[number]
    const rest = call.filter((said) => said !== moved)
    return moved === undefined ? call : [...rest.slice(0, before), moved, ...rest.slice(before)]
  }

const again =
  (what: string, number: number, how: (message: ObservedMessage) => Partial<ObservedMessage>, place = Infinity): Spoil =>
  (call) => {
    const said = call.filter((one) => one.what === what)[number]
    if (said === undefined) return call
    const copy = { ...said, message: { ...said.message, ...how(said.message) } }
    return [...call.slice(0, place), copy, ...call.slice(place)]
  }

const renamed = (id: string) => (message: ObservedMessage) => ({ headers: { ...message.headers, ce_id: id } })

const cut =
  (fromMs: number, toMs: number): Spoil =>
  (call) =>
    call.filter(({ what, atMs }) => what !== 'media' || atMs <= fromMs || atMs >= toMs)

const all =
  (...spoils: Spoil[]): Spoil =>
  (call) =>
    spoils.reduce((spoiled, spoil) => spoil(spoiled), call)

/** Cuts each second of audio into packets of 20 ms, a message each. */
const inPackets: Spoil = (call) =>
  call.flatMap((said) => {
    if (said.what !== 'media') return [said]
    const all = decodeMedia(said.message.value ?? new Uint8Array())
    if (all.every(({ sampleCount }) => sampleCount === 0)) return [said]
    return Array.from({ length: 50 }, (_, i) => {
      const packet = all.map(({ streamId, offset, bytes }) => ({
        streamId,
        offset: offset + i * 160,
        sampleCount: 160,
        bytes: bytes.subarray(i * 160, (i + 1) * 160),
      }))
      const headers = { ...said.message.headers, ce_id: `${said.message.headers['ce_id']}.${i}` }
      return { ...said, message: { ...said.message, headers, value: encodeMedia(packet) } }
    })
  })

/** Each stream in a message of its own. */
const streamByStream: Spoil = (call) =>
  call.flatMap((said) => {
    if (said.what !== 'media') return [said]
    return decodeMedia(said.message.value ?? new Uint8Array()).map((run) => {
      const headers = { ...said.message.headers, ce_id: `${said.message.headers['ce_id']}.${run.streamId}` }
      return { ...said, message: { ...said.message, headers, value: encodeMedia([run]) } }
    })
  })

/** Seven seconds of audio at once. */
const hoarded: Spoil = (call) => {
  const held = call.filter(({ what, atMs }) => what === 'media' && atMs > 32_000 && atMs <= 39_000)
  const all = held.flatMap(({ message }) => decodeMedia(message.value ?? new Uint8Array()))
  const last = held.at(-1)
  return call.flatMap((said) => (said === last ? [{ ...said, message: { ...said.message, value: encodeMedia(all) } }] : held.includes(said) ? [] : [said]))
}

const shifted = (ms: number) => (run: MediaRun) => ({ ...run, offset: run.offset + ms * 8 })

/** One way to spoil a good call, and what is to be found. */
const BAD: readonly [string, Code, Spoil][] = [
  ['no ce_type', 'missing-header', header('call.held', 'ce_type', null)],
  ['no ce_id on audio', 'missing-header', header('media', 'ce_id', null)],
  ['HTTP’s spelling of a header', 'misspelt-header', all(header('call.held', 'ce_id', null), header('call.held', 'ce-id', 'x'))],
  ['headers in capitals', 'misspelt-header', all(header('call.started', 'ce_type', null), header('call.started', 'CE_TYPE', 'io.twinreel.call.started.v1'))],
  ['CloudEvents 0.3', 'wrong-specversion', header('call.held', 'ce_specversion', '0.3')],
  ['audio called JSON', 'wrong-content-type', header('media', 'content-type', 'application/json')],
  ['JSON called text', 'wrong-content-type', header('call.held', 'content-type', 'text/plain; charset=utf-8')],
  ['no content type', 'missing-content-type', header('call.held', 'content-type', null)],
  [
    'an empty ce_source in structured mode',
    'invalid-envelope',
    change('call.held', ({ headers, value }) => ({
      headers: { 'content-type': 'application/cloudevents+json' },
      ...valued({ ...toStructured(fromBinary(headers, value ?? new Uint8Array())), source: '' }),
    })),
  ],
  ['no key', 'missing-key', change('call.held', () => ({ key: null }))],
  ['the key of another call', 'key-mismatch', change('call.held', () => ({ key: 'call-other' }))],
  [
    'an organization as the key of call.started',
    'key-mismatch',
    all(
      header('call.started', 'ce_subject', null),
      change('call.started', () => ({ key: 'acme' })),
    ),
  ],
  ['a key that is no call id', 'invalid-call-id', change('call.held', () => ({ key: 'a/b c' }))],
  ['an unknown type', 'unknown-type', header('call.held', 'ce_type', 'io.twinreel.call.onhold.v1')],
  ['another family of types', 'unknown-type', header('media', 'ce_type', 'com.acme.rtp')],
  ['a version that is not there', 'unknown-version', header('call.answered', 'ce_type', 'io.twinreel.call.answered.v2')],
  ['a time without a zone', 'invalid-time', header('call.held', 'ce_time', '2026-03-02 09:00:05')],
  ['a tombstone', 'empty-value', change('call.held', () => ({ value: null }))],
  ['a message of 2 MiB', 'message-too-large', change('media', () => ({ sizeBytes: 2_097_152, value: null }), 3)],
  ['XML', 'not-json', change('call.held', () => ({ value: encoder.encode('<held/>') }))],
  ['a missing field', 'invalid-data', data('call.held', ({ participantId: _, ...rest }) => rest)],
  ['no organization', 'invalid-data', data('call.started', ({ orgId: _, ...rest }) => rest)],
  ['snake case', 'misspelt-field', data('call.held', ({ atMs, ...rest }) => ({ ...rest, at_ms: atMs }))],
  [
    'userid',
    'misspelt-field',
    data('call.started', (started) => ({ ...started, participants: (started['participants'] as object[]).map((one) => ({ ...one, userid: 'ada' })) })),
  ],
  [
    'a codec by another name',
    'unknown-codec',
    data('call.answered', (answered) => ({ ...answered, streams: (answered['streams'] as object[]).map((one) => ({ ...one, codec: 'ulaw' })) })),
  ],
  [
    'kilohertz',
    'unknown-codec',
    data('call.answered', (answered) => ({ ...answered, streams: (answered['streams'] as object[]).map((one) => ({ ...one, sampleRateHz: 8 })) })),
  ],
  [
    '+1202… as the user',
    'user-id-is-a-number',
    data('call.started', (started) => ({ ...started, participants: (started['participants'] as object[]).map((one) => ({ ...one, userId: '+12025550199' })) })),
  ],
  [
    '1202… as the user',
    'user-id-is-a-number',
    data('call.started', (started) => ({ ...started, participants: (started['participants'] as object[]).map((one) => ({ ...one, userId: '12025550199' })) })),
  ],
  ['audio round robin', 'partitions-spread', change('media', ({ partition }) => ({ partition: ((partition ?? 0) + 1) % PARTITIONS }))],
  [
    'another hash',
    'wrong-partitioner',
    (call) => call.map((said) => ({ ...said, message: { ...said.message, partition: ((said.message.partition ?? 0) + 1) % PARTITIONS } })),
  ],
  [
    'two producers in turn',
    'two-producers',
    (call) => call.map((said, i) => ({ ...said, message: { ...said.message, headers: { ...said.message.headers, ce_source: `/node-${i % 2}` } } })),
  ],
  ['ids that begin again', 'duplicate-id', header('media', 'ce_id', 'media-1')],
  ['one id for two events', 'duplicate-id', header('call.retrieved', 'ce_id', `${CALL}-8`)],
  ['no call.started', 'call-not-started', drop('call.started')],
  ['call.answered first', 'call-not-started', move('call.answered', 0, 0)],
  ['started twice', 'second-start', again('call.started', 0, renamed('x'), 2)],
  ['the id of a call that was over', 'call-id-reused', again('call.started', 0, renamed('x'))],
  ['answered twice', 'second-answer', again('call.answered', 0, renamed('x'), 4)],
  ['an answer without time', 'answer-without-time', header('call.answered', 'ce_time', null)],
  ['early media', 'media-before-answer', move('media', 0, 1)],
  ['never answered', 'missing-answer', drop('call.answered')],
  [
    'held while it rings',
    'event-before-answer',
    all(
      data('call.held', ({ atMs: _, ...rest }) => rest),
      header('call.held', 'ce_time', new Date(TIME_ZERO_MS - 1_000).toISOString()),
      move('call.held', 0, 1),
    ),
  ],
  ['no end', 'missing-end', drop('call.ended')],
  ['audio after the end', 'after-end', move('call.ended', 0, 48)],
  ['an event after the end', 'after-end', again('call.held', 0, renamed('x'))],
  ['a stream nobody declared', 'unknown-stream', everyRun((run) => (run.streamId === 'far' ? { ...run, streamId: 'x' } : run))],
  ['somebody else left', 'unknown-participant', data('participant.left', (left) => ({ ...left, participantId: 'x' }))],
  [
    'a stream of somebody who never joined',
    'unknown-participant',
    data('call.answered', (answered) => ({
      ...answered,
      streams: [...(answered['streams'] as object[]).slice(0, 1), { streamId: 'near', participantIds: ['desk', 'ghost'], codec: 'PCMU', sampleRateHz: 8_000 }],
    })),
  ],
  [
    'a stream declared twice',
    'second-stream',
    data('participant.joined', (joined) => ({
      ...joined,
      streams: [...(joined['streams'] as object[]), { streamId: 'far', participantIds: ['caller'], codec: 'PCMA', sampleRateHz: 8_000 }],
    })),
  ],
  [
    'no streams',
    'no-streams',
    all(
      drop('media'),
      drop('participant.joined'),
      drop('participant.left'),
      data('call.answered', (answered) => ({ ...answered, streams: [] })),
      data('call.ended', (ended) => ({ ...ended, finalSamples: [] })),
      addClock,
    ),
  ],
  [
    'one side only',
    'answerer-without-stream',
    all(
      runs((all) => all.filter(({ streamId }) => streamId !== 'near')),
      data('call.answered', (answered) => ({ ...answered, streams: (answered['streams'] as object[]).slice(0, 1) })),
      data('call.ended', (ended) => ({
        ...ended,
        finalSamples: (ended['finalSamples'] as { streamId: string }[]).filter(({ streamId }) => streamId !== 'near'),
      })),
    ),
  ],
  [
    'nobody’s call',
    'nobody-known',
    data('call.started', (started) => ({
      ...started,
      participants: (started['participants'] as Record<string, unknown>[]).map(({ userId: _, ...one }) => one),
    })),
  ],
  ['no capabilities', 'missing-capabilities', data('call.started', ({ capabilities: _, ...rest }) => rest)],
  ['retrieved, but never held', 'hold-not-paired', drop('call.held')],
  [
    'a stream that outlives its participant',
    'media-of-somebody-left',
    runs(
      (all, atMs) => [...all, spoken('third', atMs - 1_000, atMs)],
      (atMs) => atMs > 20_000 && atMs <= 23_000,
    ),
  ],
  [
    'a clock that is fast',
    'time-in-future',
    change('call.held', ({ headers }) => ({ headers: { ...headers, ce_time: new Date(TIME_ZERO_MS + 3_600_000).toISOString() } })),
  ],
  [
    'local time called UTC',
    'time-in-past',
    (call) => call.map((said) => ({ ...said, message: { ...said.message, appendedAtMs: (said.message.appendedAtMs ?? 0) + 3_600_000 } })),
  ],
  [
    'a clock that is set back',
    'time-backwards',
    change('media', ({ headers }, atMs) => (atMs < 33_000 ? {} : { headers: { ...headers, ce_time: new Date(TIME_ZERO_MS + atMs - 10_000).toISOString() } })),
  ],
  [
    'an event at no time',
    'event-without-time',
    all(
      header('call.held', 'ce_time', null),
      data('call.held', ({ atMs: _, ...rest }) => rest),
    ),
  ],
  ['atMs below zero', 'at-ms-negative', data('call.held', (held) => ({ ...held, atMs: -5 }))],
  ['seconds with a fraction', 'at-ms-not-whole', data('call.held', (held) => ({ ...held, atMs: 5.25 }))],
  ['atMs as text', 'at-ms-not-whole', data('call.held', (held) => ({ ...held, atMs: '5000' }))],
  ['milliseconds since 1970', 'at-ms-is-a-date', data('call.held', (held) => ({ ...held, atMs: TIME_ZERO_MS }))],
  ['atMs that goes back', 'at-ms-backwards', data('call.retrieved', (retrieved) => ({ ...retrieved, atMs: 4_100 }))],
  [
    'atMs beyond the audio',
    'at-ms-far-ahead',
    all(
      undisturbed,
      data('call.retrieved', (retrieved) => ({ ...retrieved, atMs: 60_000 })),
      header('call.retrieved', 'ce_time', null),
      data('call.ended', ({ atMs: _, ...rest }) => rest),
    ),
  ],
  ['an end before the audio', 'end-before-audio', data('call.ended', (ended) => ({ ...ended, atMs: 36_500 }))],
  [
    'time zero at the ringing',
    'time-zero-mismatch',
    all(
      header('call.started', 'ce_time', new Date(TIME_ZERO_MS - 21_000).toISOString()),
      header('call.answered', 'ce_time', new Date(TIME_ZERO_MS - 20_000).toISOString()),
    ),
  ],
  ['half a header', 'invalid-media', change('media', ({ value }) => ({ value: value?.subarray(0, 12) ?? null }), 3)],
  ['another version of media', 'invalid-media', change('media', ({ value }) => ({ value: Uint8Array.from([2, ...(value ?? []).slice(1)]) }), 3)],
  ['base64', 'media-is-text', change('media', ({ value }) => ({ value: encoder.encode(Buffer.from(value ?? []).toString('base64')) }), 3)],
  ['audio as JSON', 'media-is-text', change('media', () => valued({ stream: 'far', bytes: 'f39/' }), 3)],
  [
    'two bytes a sample of µ-law',
    'wrong-sample-size',
    everyRun(
      (run) => ({ ...run, bytes: new Uint8Array(run.sampleCount * 2) }),
      (atMs) => atMs === 4_000,
    ),
  ],
  [
    'a WAV file cut into pieces',
    'wav-header-in-audio',
    everyRun(
      (run) => ({ ...run, bytes: Uint8Array.from([0x52, 0x49, 0x46, 0x46, ...run.bytes.subarray(4)]) }),
      (atMs) => atMs === 1_000,
    ),
  ],
  [
    'µ-law at 16 kHz',
    'g711-rate',
    all(
      data('participant.joined', (joined) => ({ ...joined, streams: [{ streamId: 'third', participantIds: ['third'], codec: 'PCMU', sampleRateHz: 16_000 }] })),
      runs((all, atMs) => all.map((run) => (run.streamId === 'third' ? spoken('third', atMs - 1_000, atMs, 'PCMU', 16_000) : run))),
      finals({ third: 320_000 }),
    ),
  ],
  [
    '16 kHz called 8 kHz',
    'wrong-sample-rate',
    all(
      undisturbed,
      runs((all, atMs) => all.map(({ streamId }) => spoken(streamId, 2 * (atMs - 1_000), 2 * atMs))),
      finals({ far: 640_000, near: 640_000 }),
    ),
  ],
  [
    'a clock that drifts',
    'clock-drift',
    all(
      undisturbed,
      everyRun((run) => ({ ...run, offset: Math.round(run.offset * 1.1) })),
      finals({ far: 351_200, near: 351_200 }),
    ),
  ],
  [
    'streams seconds apart',
    'streams-apart',
    all(
      undisturbed,
      everyRun((run) => (run.streamId === 'near' ? shifted(3_000)(run) : run)),
      finals({ near: 344_000 }),
    ),
  ],
  ['offsets from an RTP clock', 'offset-far-ahead', everyRun((run) => (run.streamId === 'far' ? shifted(500_000)(run) : run))],
  [
    'one wild offset',
    'offset-far-ahead',
    everyRun(
      (run) => (run.streamId === 'far' ? shifted(100_000)(run) : run),
      (atMs) => atMs === 15_000,
    ),
  ],
  [
    'a stream that begins late',
    'media-not-from-time-zero',
    runs(
      (all) => all.filter(({ streamId }) => streamId !== 'far'),
      (atMs) => atMs <= 15_000,
    ),
  ],
  ['a joiner who counts from the joining', 'media-not-from-time-zero', everyRun((run) => (run.streamId === 'third' ? shifted(-12_000)(run) : run))],
  [
    'a hole of 12 seconds in one stream',
    'offset-jump',
    runs(
      (all) => all.filter(({ streamId }) => streamId !== 'far'),
      (atMs) => atMs > 3_000 && atMs <= 15_000,
    ),
  ],
  [
    'offsets that begin again',
    'offset-backwards',
    everyRun(
      (run) => (run.streamId === 'far' ? shifted(-31_000)(run) : run),
      (atMs) => atMs > 33_000,
    ),
  ],
  [
    'runs that overlap',
    'offset-overlap',
    everyRun(
      (run) => (run.streamId === 'far' ? shifted(-500)(run) : run),
      (atMs) => atMs === 10_000,
    ),
  ],
  ['audio that overtook', 'media-out-of-order', move('media', 9, 16)],
  ['audio four seconds late', 'media-late', move('media', 9, 20)],
  ['a message for each packet', 'batch-too-small', inPackets],
  ['seven seconds at once', 'batch-too-large', hoarded],
  ['a message for each stream', 'streams-in-separate-messages', streamByStream],
  [
    'nothing for 13 seconds',
    'silence-too-long',
    all(
      cut(8_000, 21_000),
      drop('participant.joined'),
      drop('participant.left'),
      data('call.ended', (ended) => ({ ...ended, finalSamples: (ended['finalSamples'] as object[]).slice(0, 2) })),
      runs((all) => all.filter(({ streamId }) => streamId !== 'third')),
    ),
  ],
  ['nothing for two minutes', 'silence-over-idle-end', later(32_000, 130_000)],
  ['a stream that never sends', 'stream-never-sent', all(runs((all) => all.filter(({ streamId }) => streamId !== 'far')))],
  [
    'an end before the last samples',
    'final-samples-contradict',
    data('call.ended', (ended) => ({
      ...ended,
      finalSamples: (ended['finalSamples'] as { streamId: string; sampleOffset: number }[]).map((one) => ({ ...one, sampleOffset: one.sampleOffset - 8_000 })),
    })),
  ],
  [
    'an end in bytes of something else',
    'final-samples-contradict',
    data('call.ended', (ended) => ({
      ...ended,
      finalSamples: (ended['finalSamples'] as { streamId: string; sampleOffset: number }[]).map((one) => ({ ...one, sampleOffset: one.sampleOffset * 2 })),
    })),
  ],
  ['no final samples', 'final-samples-missing', data('call.ended', ({ finalSamples: _, ...rest }) => rest)],
  ['a prompt nobody answers', 'prompt-unanswered', drop('prompt.finished')],
  [
    'a prompt that takes 20 seconds',
    'prompt-unanswered',
    all(
      data('prompt.finished', (finished) => ({ ...finished, toMs: 20_000, atMs: 20_000 })),
      header('prompt.finished', 'ce_time', new Date(TIME_ZERO_MS + 20_000).toISOString()),
      move('prompt.finished', 0, 28),
    ),
  ],
  ['played, but not when', 'prompt-without-times', data('prompt.finished', ({ fromMs: _, toMs: __, ...rest }) => rest)],
  [
    'an answer to a prompt of its own',
    'prompt-never-asked',
    again('prompt.finished', 0, (message) => ({ ...renamed('x')(message), ...valued({ promptId: 'p9', outcome: 'failed', atMs: 2_000 }) }), 6),
  ],
  ['a gate nobody shuts', 'gate-unanswered', all(drop('gate.closed'), drop('gate.opened'))],
  ['an answer to no gate', 'gate-never-asked', data('gate.opened', (opened) => ({ ...opened, sequence: 7 }))],
  [
    'audio behind a shut gate',
    'media-after-gate-closed',
    runs(
      (all, atMs) => all.map(({ streamId }) => spoken(streamId, atMs - 1_000, atMs)),
      (atMs) => atMs === 28_000,
    ),
  ],
  ['the number of the caller as the call’s id', 'call-id-is-a-number', () => goodCall('12025550143-1')],
  [
    'little-endian L16',
    'wrong-byte-order',
    () => everyRun(({ bytes, ...run }) => ({ ...run, bytes: Uint8Array.from(bytes, (_, i) => bytes[i ^ 1] ?? 0) }))(goodCall(CALL, { codec: 'L16' })),
  ],
]

/** The clock of a call without audio, so that its end does not lie far ahead. */
function addClock(call: Said[]): Said[] {
  return call.filter(({ what }) => !what.startsWith('control.') && !what.startsWith('gate.'))
}

/** The plain part of the call alone: two streams, no pause. */
function undisturbed(call: Said[]): Said[] {
  const plain = call.filter(({ what }) => !/^(?:control|gate|participant)\./.test(what))
  return all(
    runs((every) => every.filter(({ streamId }) => streamId !== 'third')),
    finals({}),
  )(plain)
}

/** Other final samples of some streams, and none of the one that joined and is not named. */
function finals(samples: Record<string, number>): Spoil {
  return data('call.ended', (ended) => ({
    ...ended,
    finalSamples: (ended['finalSamples'] as { streamId: string; sampleOffset: number }[])
      .map((one) => ({ ...one, sampleOffset: samples[one.streamId] ?? one.sampleOffset }))
      .filter(({ streamId }) => streamId !== 'third' || 'third' in samples),
  }))
}

/** All of the call from then on comes so much later: its publisher slept, and went on. */
function later(fromMs: number, byMs: number): Spoil {
  return (call) =>
    call.map((said) => {
      if (said.atMs <= fromMs) return said
      const { headers, appendedAtMs, value } = said.message
      const time = new Date(TIME_ZERO_MS + said.atMs + byMs).toISOString()
      const shiftedRuns = said.what === 'media' ? { value: encodeMedia(decodeMedia(value ?? new Uint8Array()).map(shifted(byMs))) } : {}
      const ended =
        said.what === 'call.ended'
          ? valued({
              atMs: said.atMs + byMs,
              finalSamples: ['far', 'near']
                .map((streamId) => ({ streamId, sampleOffset: (40_000 + byMs) * 8 }))
                .concat([{ streamId: 'third', sampleOffset: 160_000 }]),
            })
          : {}
      return {
        ...said,
        message: { ...said.message, headers: { ...headers, ce_time: time }, appendedAtMs: (appendedAtMs ?? 0) + byMs, ...shiftedRuns, ...ended },
      }
    })
}

function codesOf(call: Said[]): string[] {
  return conformityOf(
    call.map(({ message }) => message),
    { partitions: PARTITIONS },
  ).findings.map(({ code, examples }) => `${code}${code in RULES ? '' : '?'}${process.env['TELL'] === undefined ? '' : ` ${JSON.stringify(examples[0])}`}`)
}

describe('good traffic', () => {
  it('is found to be good', () => {
    expect(codesOf(goodCall())).toEqual([])
    expect(codesOf(goodCall(CALL, { codec: 'L16' }))).toEqual([])
  })

  it('may end behind a shut gate', () => {
    const untilShut = goodCall().filter(({ what, atMs }) => what === 'call.ended' || atMs <= 30_000)
    const ended = data('call.ended', () => ({
      atMs: 30_500,
      finalSamples: ['far', 'near', 'third'].map((streamId) => ({ streamId, sampleOffset: streamId === 'third' ? 160_000 : 244_000 })),
    }))
    expect(codesOf(all(header('call.ended', 'ce_time', new Date(TIME_ZERO_MS + 30_500).toISOString()), ended)(untilShut))).toEqual([])
  })

  it('may come twice, in structured mode, and from another process after one that died', () => {
    const twice = goodCall().flatMap((said) => [said, said])
    expect(codesOf(twice)).toEqual([])
    const structured = change('call.held', ({ headers, value }) => ({
      headers: { 'content-type': 'application/cloudevents+json' },
      ...valued(toStructured(fromBinary(headers, value ?? new Uint8Array()))),
    }))
    expect(codesOf(structured(goodCall()))).toEqual([])
    const handed = goodCall().map((said) =>
      said.atMs <= 10_000 ? said : { ...said, message: { ...said.message, headers: { ...said.message.headers, ce_source: '/node-2' } } },
    )
    expect(codesOf(handed)).toEqual([])
  })
})

describe('bad traffic', () => {
  it.each(BAD)('%s is %s', (_, code, spoil) => {
    expect(codesOf(spoil(goodCall()))).toEqual([code])
  })

  it('is found of every kind there is', () => {
    const tried = new Set(BAD.map(([, code]) => code))
    expect(Object.keys(RULES).filter((code) => !tried.has(code as Code))).toEqual([])
    expect(tried.size).toBeGreaterThan(40)
  })

  it('never shows a telephone number', () => {
    for (const [, , spoil] of BAD) expect(JSON.stringify(conformityOf(spoil(goodCall()).map(({ message }) => message)))).not.toMatch(/2025550/)
  })
})
