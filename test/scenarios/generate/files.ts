import { fractionAt, keyOf } from '@twinreel/simulator/random'
import { pairwise } from './pairwise.ts'
import { DIMENSIONS, isAllowed, storyText } from './story.ts'

const SEED = 7

/** The generated stories by the name of their file below test/scenarios/generated: the same each time. */
export function generatedStories(): Map<string, string> {
  const key = keyOf('scenarios', SEED)
  let drawn = 0
  const rows = pairwise(DIMENSIONS, isAllowed, () => fractionAt(key, drawn++))
  return new Map(
    rows.map((row, i) => {
      const number = String(i + 1).padStart(2, '0')
      return [`${number}-${row['mode']}-${row['control']}-${row['fault']}.scenario.yaml`, storyText(row, i + 1, SEED)]
    }),
  )
}

/** A file's text in front of what it expects. */
export function storyOf(text: string): string {
  const at = text.search(/^expect:/m)
  return at === -1 ? text : text.slice(0, at)
}
