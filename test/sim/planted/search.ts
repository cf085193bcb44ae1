import { CAUGHT } from './caught.ts'
import type { Plant } from './plant.ts'
import { trySeeds, type Tried } from './try-seeds.ts'

/** What came of one planted fault. */
export interface Found extends Tried {
  plant: Plant
}

/** Where no remembered seed shows a fault any more, so many others are tried. */
const MOST_SEEDS = 100

/** Plants one fault after the other and runs seeds until one shows it: first those that did before, then from the first on. */
export async function searchAll(plants: readonly Plant[], options: { jobs: number; onFound(found: Found): void }): Promise<Found[]> {
  const found: Found[] = []
  const waiting = plants[Symbol.iterator]()
  async function work(): Promise<void> {
    for (const plant of waiting) {
      const one = { plant, ...(await trySeeds(plant.name, seedsFor(plant.name))) }
      found.push(one)
      options.onFound(one)
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, work))
  return found
}

function seedsFor(name: string): number[] {
  const before = CAUGHT[name]?.seed
  const others = Array.from({ length: MOST_SEEDS }, (_, i) => i + 1)
  return before === undefined ? others : [before, ...others.filter((seed) => seed !== before)]
}
