import { describe, expect, it } from 'vitest'
import { compress } from './companding.ts'
import { checkPrompts } from './check-prompts.ts'
import { ALIKE, promptSearch } from './prompt-search.ts'
import { promptWaveforms } from './prompt-waveforms.ts'
import { filesOf, noise, twoChannels } from './tiny-call.ts'

const waveforms = await promptWaveforms()
const search = promptSearch(waveforms)
/** Longer than one transform, so that places beyond the first are looked at too. */
const LENGTH = 80_000

/** About as loud as speech on a telephone line. */
function hiss(seed: number): Int16Array {
  return Int16Array.from(noise(LENGTH, seed), (byte) => (byte - 128) * 16)
}

describe.each(waveforms)('the prompt $name', ({ name, samples }) => {
  it.each([0, 12_345, 60_000])('is found at sample %i, under something else, on its own side', (at) => {
    const right = hiss(2).map((sample, i) => sample + (samples[i - at] ?? 0))
    const places = search.nearest(hiss(1), right).filter(({ prompt }) => prompt === name)
    const found = places.filter(({ likeness }) => likeness >= ALIKE)
    expect(found).toMatchObject([{ channel: 'right' }])
    expect(Math.abs((found[0]?.atSample ?? 0) - at)).toBeLessThan(8)
  })

  it('is not found where it is not', () => {
    expect(search.nearest(hiss(3), hiss(4)).filter(({ prompt, likeness }) => prompt === name && likeness >= ALIKE)).toEqual([])
  })
})

it('finds a likeness of one in a prompt alone, however soft, and none in silence', () => {
  const alone = new Int16Array(LENGTH)
  alone.set(
    (waveforms[0]?.samples ?? new Int16Array()).map((sample) => sample / 4),
    5_000,
  )
  const places = search.nearest(alone, new Int16Array(LENGTH))
  expect(places.find(({ prompt, channel }) => prompt === 'recording-started' && channel === 'left')?.likeness).toBeGreaterThan(0.99)
  expect(places.filter(({ channel, likeness }) => channel === 'right' && likeness > 0)).toEqual([])
})

it('names the recording, the prompt and the millisecond', async () => {
  const tone = waveforms.find(({ name }) => name === 'tone')?.samples ?? new Int16Array()
  const left = Uint8Array.from({ length: 8_000 }, (_, i) => compress(tone[i - 4_000] ?? 0, 'PCMU'))
  const objects = filesOf({ 'recordings/o/u/r1/00000.wav': twoChannels('PCMU', left, noise(8_000, 1)) })
  const [finding, ...others] = await checkPrompts({ objects, keys: await objects.list(), search })
  expect(finding).toMatchObject({ recordingId: 'r1', message: expect.stringContaining('“tone” on the left') as string })
  expect(Math.abs((finding?.atMs ?? 0) - 500)).toBeLessThan(5)
  expect(others).toEqual([])
})
