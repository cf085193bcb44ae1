import { fromBinary, toStructured } from '@twinreel/contracts/cloudevents'
import type { Code } from '../rules.ts'
import { CALL, PARTITIONS, spoken, TIME_ZERO_MS } from './good-call.ts'
import { addClock, again, change, data, drop, encoder, everyRun, header, move, renamed, runs, spoilt, undisturbed, valued, type Spoil } from './spoil.ts'

/** Ways to spoil how messages are written and in which order they come, and what is to be found. */
export const BAD_MESSAGES: readonly [string, Code, Spoil][] = [
  ['no ce_type', 'missing-header', header('call.held', 'ce_type', null)],
  ['no ce_id on audio', 'missing-header', header('media', 'ce_id', null)],
  ['HTTP’s spelling of a header', 'misspelt-header', spoilt(header('call.held', 'ce_id', null), header('call.held', 'ce-id', 'x'))],
  ['headers in capitals', 'misspelt-header', spoilt(header('call.started', 'ce_type', null), header('call.started', 'CE_TYPE', 'io.twinreel.call.started.v1'))],
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
    spoilt(
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
    spoilt(
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
    spoilt(
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
    spoilt(
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
    spoilt(
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
    spoilt(
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
    spoilt(
      header('call.started', 'ce_time', new Date(TIME_ZERO_MS - 21_000).toISOString()),
      header('call.answered', 'ce_time', new Date(TIME_ZERO_MS - 20_000).toISOString()),
    ),
  ],
]
