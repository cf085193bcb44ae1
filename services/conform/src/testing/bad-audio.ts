import type { Code } from '../rules.ts'
import { CALL, goodCall, spoken, TIME_ZERO_MS } from './good-call.ts'
import {
  again,
  barelyAlive,
  change,
  cut,
  data,
  drop,
  encoder,
  everyRun,
  finals,
  header,
  hoarded,
  inPackets,
  later,
  move,
  renamed,
  runs,
  saidAt,
  shifted,
  spoilt,
  streamByStream,
  timeless,
  undisturbed,
  valued,
  type Spoil,
} from './spoil.ts'

/** Ways to spoil the audio, and what is answered to commands. */
export const BAD_AUDIO: readonly [string, Code, Spoil][] = [
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
    spoilt(
      data('participant.joined', (joined) => ({ ...joined, streams: [{ streamId: 'third', participantIds: ['third'], codec: 'PCMU', sampleRateHz: 16_000 }] })),
      runs((all, atMs) => all.map((run) => (run.streamId === 'third' ? spoken('third', atMs - 1_000, atMs, 'PCMU', 16_000) : run))),
      finals({ third: 320_000 }),
    ),
  ],
  [
    '16 kHz called 8 kHz',
    'wrong-sample-rate',
    spoilt(
      undisturbed,
      runs((all, atMs) => all.map(({ streamId }) => spoken(streamId, 2 * (atMs - 1_000), 2 * atMs))),
      finals({ far: 640_000, near: 640_000 }),
    ),
  ],
  [
    'a clock that drifts',
    'clock-drift',
    spoilt(
      undisturbed,
      everyRun((run) => ({ ...run, offset: Math.round(run.offset * 1.1) })),
      finals({ far: 351_200, near: 351_200 }),
    ),
  ],
  [
    'streams seconds apart',
    'streams-apart',
    spoilt(
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
  ['forty seconds of which only single bytes tell', 'offset-jump', barelyAlive],
  ['audio that does not say when it was made', 'media-without-time', timeless],
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
    'a hole of 15 seconds in one stream',
    'offset-jump',
    runs(
      (all) => all.filter(({ streamId }) => streamId !== 'far'),
      (atMs) => atMs > 3_000 && atMs <= 18_000,
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
    spoilt(
      cut(8_000, 21_000),
      drop('participant.joined'),
      drop('participant.left'),
      data('call.ended', (ended) => ({ ...ended, finalSamples: (ended['finalSamples'] as object[]).slice(0, 2) })),
      runs((all) => all.filter(({ streamId }) => streamId !== 'third')),
    ),
  ],
  ['nothing for two minutes', 'silence-over-idle-end', later(32_000, 130_000)],
  ['a stream that never sends', 'stream-never-sent', spoilt(runs((all) => all.filter(({ streamId }) => streamId !== 'far')))],
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
    spoilt(
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
  ['a gate nobody shuts', 'gate-unanswered', spoilt(drop('gate.closed'), drop('gate.opened'))],
  [
    'a gate that is shut after 20 seconds',
    'gate-unanswered',
    spoilt(
      undisturbed,
      (call) => [...call, ...goodCall().filter(({ what }) => what === 'gate.close' || what === 'gate.closed')],
      data('gate.close', (close) => ({ ...close, atMs: 5_000 })),
      saidAt('gate.close', 5_020),
      runs(
        (all, atMs) => all.map(({ streamId }) => spoken(streamId, atMs, atMs)),
        (atMs) => atMs > 25_000,
      ),
    ),
  ],
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
