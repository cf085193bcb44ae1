import type { Draws } from '@twinreel/simulator/random'

export function shuffled<T>(list: readonly T[], draws: Draws): T[] {
  return list
    .map((item) => ({ item, at: draws.fraction() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
