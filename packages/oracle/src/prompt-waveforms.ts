import { readFile } from 'node:fs/promises'
import { expand } from './companding.ts'
import { readWav } from './wav-reader.ts'

/** A prompt as the participants hear it, 16 bit samples at 8 kHz. */
export interface PromptWaveform {
  name: string
  samples: Int16Array
}

export const PROMPT_RATE_HZ = 8_000
const SPEECH = new URL('../../media/speech/', import.meta.url)
const SPOKEN = ['prompt-recording-started', 'prompt-recording-stopped', 'prompt-recording-paused', 'prompt-recording-resumed']

/** The spoken announcements, the beep of pauses and resumes, and the repeat tone. */
export async function promptWaveforms(): Promise<PromptWaveform[]> {
  const spoken = await Promise.all(
    SPOKEN.map(async (name) => {
      const { codec, data } = readWav(await readFile(new URL(`${name}.wav`, SPEECH)))
      return { name: name.slice('prompt-'.length), samples: expand(data, codec) }
    }),
  )
  return [...spoken, { name: 'beep', samples: steady(1_000, 150) }, { name: 'tone', samples: steady(1_400, 200) }]
}

function steady(frequencyHz: number, lengthMs: number): Int16Array {
  return Int16Array.from({ length: (lengthMs * PROMPT_RATE_HZ) / 1_000 }, (_, i) => 3_500 * Math.sin((2 * Math.PI * frequencyHz * i) / PROMPT_RATE_HZ))
}
