import { parentPort, workerData } from 'node:worker_threads'
import fc from 'fast-check'
import type { Chunk, Lived } from './chunks.ts'
import { histories } from './draw.ts'
import { live } from './live.ts'

/** A thread that lives some histories, one after another, and says what came up in them and what did not hold. */
const { seed, numRuns } = workerData as Chunk
const seen = new Set<string>()
const property = fc.asyncProperty(histories, async (history) => {
  const world = await live(history)
  for (const sight of world.seen) seen.add(sight)
})
const failure = await fc.assert(property, { numRuns, seed }).then(() => null, told)
/** The shortest history, and what of it did not hold. */
function told(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? `${error.message}\n${error.cause.message}` : String(error)
}

const lived: Lived = { seen: [...seen], failure }
parentPort?.postMessage(lived, [])
