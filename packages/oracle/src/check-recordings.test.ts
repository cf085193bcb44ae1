import { describe, expect, it } from 'vitest'
import { decode, encode } from '@twinreel/media/g711'
import { checkRecordings } from './check-recordings.ts'
import { event, filesOf, MANIFEST, tinyCall, twoChannels, type TinyCall } from './tiny-call.ts'

function part(call: TinyCall, streamId: string, fromMs: number, toMs: number): Uint8Array {
  return (call.spoken.get(streamId) ?? new Uint8Array()).subarray(fromMs * 8, toMs * 8)
}

function object(call: TinyCall, fromMs: number, toMs: number): Uint8Array {
  return twoChannels('PCMU', part(call, 'called', fromMs, toMs), part(call, 'caller', fromMs, toMs))
}

function check(call: TinyCall, objects: Record<string, Uint8Array>) {
  const named = Object.fromEntries(Object.entries(objects).map(([name, bytes]) => [`${call.prefix}${name}`, bytes]))
  return checkRecordings({ truthDir: call.truthDir, objects: filesOf(named), recordings: call.recordings })
}

describe('a call that is recorded from the answer on', () => {
  const call = tinyCall()
  const whole = object(call, 0, 1_000)

  it('is found to hold what was spoken, the owner on the left', async () => {
    expect(await check(call, { '00000.wav': whole, 'manifest.json': MANIFEST })).toEqual([])
  })

  it('is found wrong in a single sample, to the millisecond and the side', async () => {
    const spoiled = whole.slice()
    const frame = 58 + 2 * 2_000
    spoiled[frame] = (spoiled[frame] ?? 0) ^ 1
    expect(await check(call, { '00000.wav': spoiled, 'manifest.json': MANIFEST })).toEqual([
      { recordingId: 'r1', callId: 'call', atMs: 250, message: '00000.wav has something else on the left (near end) than was spoken' },
    ])
  })

  it('is found too short where it ends', async () => {
    expect(await check(call, { '00000.wav': object(call, 0, 990), 'manifest.json': MANIFEST })).toMatchObject([
      { atMs: 990, message: '00000.wav holds 7920 samples a channel, not 8000' },
    ])
  })

  it('is missed when an object or the manifest is not there', async () => {
    expect(await check(call, {})).toMatchObject([{ message: 'it has no manifest' }, { message: '00000.wav is missing' }])
  })

  it('is missed when nobody knows of it', async () => {
    expect(await checkRecordings({ truthDir: call.truthDir, objects: filesOf({}), recordings: [] })).toMatchObject([
      { recordingId: null, message: 'recording number 1 of ann is missing' },
    ])
  })

  it('may have no further object, and no stranger beside it', async () => {
    expect(await check(call, { '00000.wav': whole, '00001.wav': whole, 'manifest.json': MANIFEST })).toMatchObject([
      { message: '00001.wav is one object too many' },
    ])
    const stranger = filesOf({ [`${call.prefix}00000.wav`]: whole, [`${call.prefix}manifest.json`]: MANIFEST, 'recordings/org/ann/r9/00000.wav': whole })
    expect(await checkRecordings({ truthDir: call.truthDir, objects: stranger, recordings: call.recordings })).toMatchObject([
      { message: '1 objects below recordings/org/ann/r9/ belong to no recording' },
    ])
  })
})

it('expects not a single object of a recording in which nothing was captured', async () => {
  const call = tinyCall({ events: [event('control.pause', 0, { atMs: 0, userId: 'ann' })] })
  expect(await check(call, {})).toEqual([])
  expect(await check(call, { '00000.wav': object(call, 0, 1_000) })).toMatchObject([{ recordingId: 'r1', message: '00000.wav is one object too many' }])
})

it('expects nothing of a pause, and cuts on the sample', async () => {
  const call = tinyCall({ events: [event('control.pause', 301, { atMs: 301, userId: 'ann' }), event('control.resume', 499, { atMs: 499, userId: 'ann' })] })
  expect(await check(call, { '00000.wav': object(call, 0, 301), '00001.wav': object(call, 499, 1_000), 'manifest.json': MANIFEST })).toEqual([])
  expect(await check(call, { '00000.wav': object(call, 0, 302), '00001.wav': object(call, 499, 1_000), 'manifest.json': MANIFEST })).toMatchObject([
    { atMs: 301 },
  ])
})

it('expects a resume to wait for the prompt and for the gate', async () => {
  const events = [
    event('control.pause', 200, { atMs: 200, userId: 'ann' }),
    event('gate.closed', 200, { atMs: 200, sequence: 1 }),
    event('control.resume', 400, { atMs: 400, userId: 'ann' }),
    event('prompt.finished', 550, { outcome: 'played', fromMs: 400, toMs: 550 }),
    event('gate.opened', 560, { atMs: 560, sequence: 2 }),
  ]
  const call = tinyCall({ events, gate: true, settings: { pauseResumeNotification: 'beep' }, prompts: [{ kind: 'resume-beep', fromMs: 400, toMs: 550 }] })
  expect(await check(call, { '00000.wav': object(call, 0, 200), '00001.wav': object(call, 560, 1_000), 'manifest.json': MANIFEST })).toEqual([])
})

it('expects nothing before the announcement is over', async () => {
  const events = [event('prompt.finished', 333, { outcome: 'played', fromMs: 0, toMs: 333 })]
  const call = tinyCall({
    events,
    settings: { startStopAnnouncement: { internal: true, pstn: true } },
    prompts: [{ kind: 'recording-started', fromMs: 0, toMs: 333 }],
  })
  expect(await check(call, { '00000.wav': object(call, 333, 1_000), 'manifest.json': MANIFEST })).toEqual([])
})

it('expects nothing at all in the mode never, and objects to what is there', async () => {
  const call = tinyCall({ settings: { mode: 'never' } })
  expect(await check(call, {})).toEqual([])
  expect(await check(call, { '00000.wav': object(call, 0, 1_000) })).toMatchObject([
    { recordingId: 'r1', message: 'nothing should have been recorded here: number 1 of ann' },
  ])
})

it('takes a control without a time of its own to count from the audio before it', async () => {
  const call = tinyCall({ events: [event('control.pause', 1_000, { userId: 'ann' })] })
  expect(await check(call, { '00000.wav': object(call, 0, 1_000), 'manifest.json': MANIFEST })).toEqual([])
})

it('lets a recording that nobody asked to keep be there or be gone', async () => {
  const call = tinyCall({ settings: { mode: 'on-demand' } })
  expect(await check(call, {})).toEqual([])
  expect(await check(call, { '00000.wav': object(call, 0, 1_000), 'manifest.json': MANIFEST })).toEqual([])
})

it('expects silence where samples were lost, and the end where the last one came', async () => {
  const call = tinyCall({ dropped: [[800, 960]], endLost: true })
  const far = part(call, 'caller', 0, 1_000).slice().fill(0xff, 800, 960)
  expect(await check(call, { '00000.wav': twoChannels('PCMU', part(call, 'called', 0, 1_000), far), 'manifest.json': MANIFEST })).toEqual([])
})

it('expects the sum of several far ends', async () => {
  const call = tinyCall({ codec: 'PCMA', far: ['third'] })
  const [one, other] = [decode(part(call, 'caller', 0, 1_000), 'PCMA'), decode(part(call, 'third', 0, 1_000), 'PCMA')]
  const sum = encode(
    one.map((sample, i) => Math.max(-32_768, Math.min(32_767, sample + (other[i] ?? 0)))),
    'PCMA',
  )
  expect(await check(call, { '00000.wav': twoChannels('PCMA', part(call, 'called', 0, 1_000), sum), 'manifest.json': MANIFEST })).toEqual([])
})

it('divides a recording into objects of the length the organization chose', async () => {
  const call = tinyCall()
  const objects = filesOf({
    [`${call.prefix}00000.wav`]: object(call, 0, 600),
    [`${call.prefix}00001.wav`]: object(call, 600, 1_000),
    [`${call.prefix}manifest.json`]: MANIFEST,
  })
  expect(await checkRecordings({ truthDir: call.truthDir, objects, recordings: call.recordings, rules: { segmentMs: 600 } })).toEqual([])
})
