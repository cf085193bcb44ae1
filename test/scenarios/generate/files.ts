import { fractionAt, keyOf } from '@twinreel/simulator/random'
import { pairwise, type Row } from './pairwise.ts'
import { DIMENSIONS, isAllowed, storyText } from './story.ts'

const SEED = 7

/** The generated stories by the name of their file below test/scenarios/generated: the same each time. */
export function generatedStories(): Map<string, string> {
  return new Map(
    generatedRows().map((row, i) => {
      const number = String(i + 1).padStart(2, '0')
      return [`${number}-${row['mode']}-${row['control']}-${row['fault']}.scenario.yaml`, storyText(row, i + 1, SEED)]
    }),
  )
}

/** What each of them is about, in order. */
export function generatedRows(): Row[] {
  const key = keyOf('scenarios', SEED)
  let drawn = 0
  return pairwise(DIMENSIONS, isAllowed, () => fractionAt(key, drawn++))
}

/** A file's text in front of what it expects. */
export function storyOf(text: string): string {
  const at = text.search(/^expect:/m)
  return at === -1 ? text : text.slice(0, at)
}
