import type { ExpectationResult } from '../result.ts'
import type { FoundManifest, FoundRecording } from './evidence.ts'

type Totals = FoundManifest['totals']

/** What a manifest adds up, against what it tells one by one. Of a lost log only the sum is left. */
export function judgeTotals({ manifest, ordinal, endReason }: FoundRecording): ExpectationResult[] {
  if (manifest === null || endReason === 'log-lost') return []
  const { captured, paused, held, lost, events, totals } = manifest
  const played = events.flatMap(({ what }) => (what.kind === 'prompt' && what.outcome === 'played' ? [what.prompt] : []))
  const tones = played.filter((prompt) => prompt === 'tone').length
  const told: Totals = {
    capturedMs: lengthOf(captured),
    pausedMs: lengthOf(paused),
    heldMs: lengthOf(held),
    lostMs: lengthOf(lost.map(({ fromMs, toMs }) => [fromMs, toMs])),
    tones,
    prompts: played.length - tones,
  }
  const [expected, got] = [written(ordinal, told), written(ordinal, totals)]
  return [{ met: expected === got, about: 'timeline', line: null, expected, got, atMs: null, differenceWav: null }]
}

function lengthOf(spans: readonly (readonly [number, number])[]): number {
  return spans.reduce((sum, [from, to]) => sum + to - from, 0)
}

function written(ordinal: number, { capturedMs, pausedMs, heldMs, lostMs, tones, prompts }: Totals): string {
  return `in all, in recording ${ordinal}: ${capturedMs} ms captured, ${pausedMs} ms paused, ${heldMs} ms held, ${lostMs} ms lost, ${tones} tones and ${prompts} other prompts heard`
}
