import { expand, type Codec } from './companding.ts'
import type { Files } from './files.ts'
import type { Finding } from './finding.ts'
import { ALIKE, type PromptSearch } from './prompt-search.ts'
import { PROMPT_RATE_HZ } from './prompt-waveforms.ts'
import { readWav } from './wav-reader.ts'

/** No prompt is heard in any of these audio objects, in neither channel. `atMs` in a finding counts from the object's beginning. */
export async function checkPrompts({ objects, keys, search }: { objects: Files; keys: readonly string[]; search: PromptSearch }): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const key of keys) {
    const bytes = await objects.read(key)
    if (bytes === null) continue
    const { codec, sampleRateHz, data } = readWav(bytes)
    const [left, right] = channels(data, codec, sampleRateHz)
    for (const { prompt, channel, atSample, likeness } of search.nearest(left, right)) {
      if (likeness < ALIKE) continue
      const atMs = Math.round((atSample * 1_000) / PROMPT_RATE_HZ)
      findings.push({
        recordingId: key.split('/').at(-2) ?? null,
        callId: null,
        atMs,
        message: `${key.split('/').at(-1) ?? ''} holds the prompt “${prompt}” on the ${channel} (likeness ${likeness.toFixed(2)})`,
      })
    }
  }
  return findings
}

/** Both channels at the prompts' rate. Twice that rate is halved by the mean of two samples: telephone prompts lie well below what that loses. */
function channels(data: Uint8Array, codec: Codec, sampleRateHz: number): [Int16Array, Int16Array] {
  const samples = expand(data, codec)
  const step = sampleRateHz / PROMPT_RATE_HZ
  if (step !== 1 && step !== 2) throw new Error(`${sampleRateHz} Hz: prompts are looked for at ${PROMPT_RATE_HZ} and ${2 * PROMPT_RATE_HZ} Hz`)
  const channel = (first: number): Int16Array => {
    const own = new Int16Array(Math.floor(samples.length / 2 / step))
    for (let i = 0, at = first; i < own.length; i++, at += 2 * step)
      own[i] = step === 1 ? (samples[at] ?? 0) : ((samples[at] ?? 0) + (samples[at + 2] ?? 0)) / 2
    return own
  }
  return [channel(0), channel(1)]
}
