/** The word that this one was probably meant to be: at most a third of its letters off; `null` when none is near. */
export function nearest(word: string, words: readonly string[]): string | null {
  const limit = Math.max(1, Math.floor(word.length / 3))
  const [best] = words
    .map((candidate) => ({ candidate, distance: Math.abs(candidate.length - word.length) > limit ? Number.POSITIVE_INFINITY : distance(word, candidate) }))
    .filter((found) => found.distance <= limit)
    .toSorted((a, b) => a.distance - b.distance)
  return best?.candidate ?? null
}

/** Letters to put in, take out, change or swap with their neighbour (optimal string alignment). */
function distance(from: string, to: string): number {
  let [twoAbove, above]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, index) => index)]
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1)
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1] ? (twoAbove[column - 2] ?? Infinity) + 1 : Infinity
      current.push(Math.min(same, swapped, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    ;[twoAbove, above] = [above, current]
  }
  return above[to.length] ?? 0
}
