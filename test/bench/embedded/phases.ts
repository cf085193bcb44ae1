import { silentLogger } from '@twinreel/service/log'
import { openEngines, type Engines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { measure, until } from '../measure.ts'
import { enterOwner } from '../owner.ts'
import { publish } from './publish.ts'
import { consumeDiscard, consumeHashWrite } from './yardsticks.ts'

export interface EmbeddedInput {
  dataDir: string
  calls: number
  seconds: number
}

/** Within a hair of the most a call ever holds: the first minute is full, and its trail nearly over. */
const FULLEST_SECOND = 62

/** The phases of the embedded engines, each on a data directory. */
export async function embeddedPhase(phase: string, given: unknown): Promise<unknown> {
  const { dataDir, calls, seconds } = given as EmbeddedInput
  const engines = await openEngines({ dataDir })
  try {
    switch (phase) {
      case 'embedded:publish':
        await enterOwner(engines.catalog)
        await publish(engines, { calls, fromSecond: 0, toSecond: seconds, end: true, name: 'call' })
        return { ok: true }
      case 'embedded:record':
        return await measure(() => recordAll(engines, calls))
      case 'embedded:hash-write':
        return await measure(() => consumeHashWrite(engines, 60))
      case 'embedded:discard':
        return await measure(() => consumeDiscard(engines))
      case 'embedded:memory':
        return await memoryInUse(engines, calls)
      default:
        throw new Error(`no phase ${phase}`)
    }
  } finally {
    await engines.close()
  }
}

async function memoryInUse(engines: Engines, calls: number): Promise<{ bytes: number; waitingBytes: number }> {
  await enterOwner(engines.catalog)
  const recorder = await recordWith(engines, silentLogger)
  await publish(engines, { calls, fromSecond: 0, toSecond: FULLEST_SECOND, end: false, name: 'live' })
  await until('every call to be folded', async () => recorder.stats().liveCalls === calls && recorder.stats().lag === 0)
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const { waitingBytes } = recorder.stats()
  await recorder.stop()
  return { bytes: heapUsed + arrayBuffers, waitingBytes }
}

/** The recorder, from an empty catalog to every call closed. */
async function recordAll(engines: Engines, calls: number): Promise<void> {
  const recorder = await recordWith(engines, silentLogger)
  await until('every call to be closed', async () => (await closedCalls(engines)) === calls)
  await recorder.stop()
}

async function closedCalls(engines: Engines): Promise<number> {
  const row = await engines.catalog.db
    .selectFrom('ledger')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return row.count
}
