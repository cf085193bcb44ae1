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
const failure = await fc.assert(property, { numRuns, seed }).then(() => null, String)
const lived: Lived = { seen: [...seen], failure }
parentPort?.postMessage(lived, [])
