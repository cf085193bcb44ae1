import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

/** Histories that one thread lives: `seed` gives them again, on whatever machine. */
export interface Chunk {
  seed: number
  numRuns: number
}

export interface Lived {
  /** What came up. */
  seen: readonly string[]
  /** What did not hold, and the shortest history of it; `null` when all did. */
  failure: string | null
}

const CHUNK = 2_000
/** 2³² by the golden ratio: seeds that many chunks have none of in common. */
const SEED_STEP = 0x9e3779b1

/** So many histories in chunks, the first of which has the seed itself. */
export function chunksOf(histories: number, seed: number): Chunk[] {
  return Array.from({ length: Math.ceil(histories / CHUNK) }, (_, n) => ({
    seed: (seed + n * SEED_STEP) | 0,
    numRuns: Math.min(CHUNK, histories - n * CHUNK),
  }))
}

/** Lives all of them, a thread for each core, says how far it is, and returns what came up. Throws at the first that does not hold, and ends the others. */
export async function liveAll(chunks: readonly Chunk[]): Promise<Set<string>> {
  const seen = new Set<string>()
  const threads = new Set<Worker>()
  let at = 0
  let done = 0
  const next = async (): Promise<void> => {
    for (let chunk = chunks[at++]; chunk !== undefined; chunk = chunks[at++]) {
      const thread = new Worker(new URL('chunk.ts', import.meta.url), { workerData: chunk, execArgv: [] })
      threads.add(thread)
      const [lived] = (await once(thread, 'message')) as [Lived]
      if (lived.failure !== null) throw new Error(lived.failure)
      for (const sight of lived.seen) seen.add(sight)
      done += 1
      if (chunks.length > 1) process.stderr.write(`${done} of ${chunks.length} chunks hold\n`)
      await thread.terminate()
      threads.delete(thread)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(availableParallelism(), chunks.length) }, next))
    return seen
  } finally {
    await Promise.all([...threads].map((thread) => thread.terminate()))
  }
}
