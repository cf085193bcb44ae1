import { availableParallelism } from 'node:os'
import { PLANTS, plantNamed } from './plants.ts'
import { searchAll } from './search.ts'

/** Plants every fault, or the one that is named, and prints which check caught it at which seed. Answers the exit code: 1 when one is not caught. */
export async function runPlanted(name: string | null, print: (line: string) => void): Promise<number> {
  const plants = name === null ? PLANTS : [plantNamed(name)]
  const found = await searchAll(plants, {
    jobs: Math.min(availableParallelism(), plants.length),
    onFound({ plant, caught, seeds }) {
      const what = caught === null ? `NOT CAUGHT in ${seeds} seeds` : `${caught.check} at seed ${caught.seed}, after ${seeds}`
      print(`${plant.name.padEnd(32)} ${what}`)
      if (name !== null && caught !== null) print(caught.message)
    },
  })
  const missed = found.filter(({ caught }) => caught === null)
  print(
    `${found.length - missed.length} of ${found.length} planted bugs are caught${missed.length === 0 ? '' : `; not: ${missed.map(({ plant }) => plant.name).join(', ')}`}`,
  )
  return missed.length === 0 ? 0 : 1
}
