import { numberOf, phraseReader, textOf, type ReadLine } from './phrases.ts'
import { oneOf, TIME } from './slots.ts'

export const VOICES = ['reader', 'cards', 'silence'] as const

/** Who is heard in place of a party: a recorded voice, or nobody. `toMs: null` lasts to the end. */
export interface Speech {
  voice: (typeof VOICES)[number]
  fromMs: number
  toMs: number | null
}

/** Reads `reader`, `cards from 00:02 to 00:10` or `cards from 00:02`. */
export function speechReader(): (line: string) => ReadLine<Speech> {
  return phraseReader(
    [
      {
        say: '{voice} [from {time1}] [to {time2}]',
        means: (v) => ({
          voice: textOf(v, 'voice') as Speech['voice'],
          fromMs: numberOf(v, 'time1'),
          toMs: v.has('time2') ? numberOf(v, 'time2') : null,
        }),
      },
    ],
    { voice: oneOf('reader, cards or silence', VOICES), time: TIME },
  )
}
