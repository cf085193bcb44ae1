import { numberOf, phraseReader, textOf, type Phrase, type ReadLine, type Values } from './phrases.ts'
import { oneOf, TIME } from './slots.ts'

/** What a recording's audio holds, or does not. Nobody on a channel is silence. */
export type AudioClaim =
  | { kind: 'channel'; fromMs: number; toMs: number; channel: 'left' | 'right'; speakers: readonly string[] }
  /** What this party said then is nowhere in the recording. */
  | { kind: 'nowhere'; fromMs: number; toMs: number; who: string }
  /** None of the prompts can be heard in it. */
  | { kind: 'no-prompt' }

const PHRASES: readonly Phrase<AudioClaim>[] = [
  { say: '{time1} to {time2} (channel=left|right) is silence', means: (v) => channel(v, []) },
  {
    say: '{time1} to {time2} (channel=left|right) is {who1} [and {who2}] [and {who3}] [and {who4}]',
    means: (v) =>
      channel(
        v,
        [1, 2, 3, 4].map((n) => textOf(v, `who${n}`)).filter((name) => name !== ''),
      ),
  },
  { say: '{time1} to {time2} of {who} is nowhere', means: (v) => ({ kind: 'nowhere', ...span(v), who: textOf(v, 'who') }) },
  { say: 'no prompt is heard', means: () => ({ kind: 'no-prompt' }) },
]

/** Reads lines such as `00:04.012 to 00:05.250 left is alice`. */
export function audioClaimReader(names: readonly string[]): (line: string) => ReadLine<AudioClaim> {
  return phraseReader(PHRASES, { time: TIME, who: oneOf('the name of a user or party', names) })
}

function span(v: Values): { fromMs: number; toMs: number } {
  return { fromMs: numberOf(v, 'time1'), toMs: numberOf(v, 'time2') }
}

function channel(v: Values, speakers: readonly string[]): AudioClaim {
  return { kind: 'channel', ...span(v), channel: textOf(v, 'channel') as 'left', speakers }
}
