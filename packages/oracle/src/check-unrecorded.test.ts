import { expect, it } from 'vitest'
import { checkUnrecorded } from './check-unrecorded.ts'
import { expand } from './companding.ts'
import { probeIndex } from './probes.ts'
import { event, filesOf, noise, tinyCall, twoChannels } from './tiny-call.ts'
import { unrecordedAudio } from './unrecorded.ts'

const call = tinyCall({ events: [event('control.pause', 300, { atMs: 300, userId: 'ann' }), event('control.resume', 700, { atMs: 700, userId: 'ann' })] })
const spoken = call.spoken.get('caller') ?? new Uint8Array()
/** 40 ms, at no round place. */
const leak = spoken.subarray(401 * 8 + 3, 441 * 8 + 3)

async function search(contents: Record<string, Uint8Array>) {
  return checkUnrecorded({ files: filesOf(contents), paths: Object.keys(contents), unrecorded: await unrecordedAudio({ truthDir: call.truthDir }) })
}

it('finds nothing where only the recorded parts lie', async () => {
  expect(
    await search({ near: spoken.subarray(0, 2_400), far: spoken.subarray(5_600), wav: twoChannels('PCMU', spoken.subarray(0, 2_400), spoken.subarray(5_600)) }),
  ).toEqual([])
})

it.each<[string, () => Uint8Array]>([
  ['as it was sent, at any place', () => Buffer.concat([noise(777, 9), leak, noise(50, 8)])],
  ['on one side of a recording', () => twoChannels('PCMU', noise(leak.length, 3), leak)],
  ['as linear samples, at an odd place', () => Buffer.concat([noise(33, 9), new Uint8Array(expand(leak, 'PCMU').buffer)])],
  ['as linear samples of one side', () => twoChannels('L16', noise(2 * leak.length, 3), new Uint8Array(expand(leak, 'PCMU').buffer))],
])('finds 40 ms of a pause %s', async (_, file) => {
  const [finding, ...others] = await search({ 'recordings/o/u/r1/00000.wav': file() })
  expect(finding).toMatchObject({ recordingId: 'r1', callId: 'call', message: expect.stringContaining('during a pause on stream caller') as string })
  expect(finding?.atMs).toBeGreaterThanOrEqual(401)
  expect(finding?.atMs).toBeLessThan(441)
  expect(others).toEqual([])
})

it('finds what was recorded once that recording is gone', async () => {
  const unrecorded = await unrecordedAudio({ truthDir: call.truthDir, survives: () => false })
  const contents = { leftover: spoken.subarray(80, 480) }
  expect(await checkUnrecorded({ files: filesOf(contents), paths: ['leftover'], unrecorded })).toMatchObject([
    { atMs: 20, message: expect.stringContaining('in a recording that was purged') as string },
  ])
})

it('leaves out what can’t be told from silence', () => {
  const index = probeIndex<string>()
  index.add(new Uint8Array(160).fill(0xff), 'silence')
  index.add(noise(160, 1), 'noise')
  expect(index.count).toBe(1)
  expect(index.find(Buffer.concat([new Uint8Array(500).fill(0xff), noise(160, 1)]))).toEqual([{ origin: 'noise', at: 500 }])
})

it('finds a probe that begins quietly, among much that is quiet', () => {
  const index = probeIndex<string>()
  const probe = Buffer.concat([new Uint8Array(40), noise(120, 5)])
  index.add(probe, 'probe')
  expect(index.find(Buffer.concat([new Uint8Array(1_000), probe.subarray(40)]))).toEqual([{ origin: 'probe', at: 960 }])
  expect(index.find(probe.subarray(1))).toEqual([])
})
