import { listLedger } from '@twinreel/catalog/ledger'
import { decodeCommand } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { simulate } from '@twinreel/simulator/simulate'
import type { Engines } from '../engines.ts'
import { duration } from '../format.ts'
import type { Scene } from './calls/scene.ts'

/** How a call went, in words. */
export interface SceneReport {
  callId: string
  shows: string
  /** What became of it for each owner. */
  outcomes: string[]
  /** Controls that were refused, with the reason. */
  refused: string[]
}

/** Plays one call to the recorder as fast as it takes it, and waits for its outcome. The truth of it goes to `truthDir`. */
export async function runScene(engines: Engines, scene: Scene, options: { truthDir: string; startMs: number }): Promise<SceneReport> {
  const { callId } = scene.plan
  const { eventLog, catalog } = engines
  const commandsBefore = await commandsEnd(engines)
  await simulate({ log: eventLog, catalog, plans: [scene.plan], speed: 'max', seed: scene.plan.seed, faults: { loss: scene.loss ?? 0 }, ...options })
  const ledger = await listLedger(catalog, { callId })
  return {
    callId,
    shows: scene.shows,
    outcomes: ledger.map(
      ({ ownerId, outcome, reason, capturedMs }) => `${ownerId} ${outcome === 'recorded' ? duration(capturedMs) : `${outcome} (${reason ?? ''})`}`,
    ),
    refused: await refusals(engines, callId, commandsBefore),
  }
}

/** Where each partition ends. */
async function commandsEnd({ eventLog }: Engines): Promise<ReadonlyMap<number, number>> {
  return new Map((await eventLog.ranges(TOPICS.callCommands)).map(({ partition, endOffset }) => [partition, endOffset]))
}

async function refusals({ eventLog }: Engines, callId: string, fromOffsets: ReadonlyMap<number, number>): Promise<string[]> {
  const batches = await Promise.all([...fromOffsets].map(([partition, fromOffset]) => eventLog.read({ topic: TOPICS.callCommands, partition, fromOffset })))
  return batches.flatMap(({ records }) =>
    records.flatMap(({ key, headers, value }) => {
      const decoded = value === null || key !== callId ? null : decodeCommand({ key, headers, value })
      const command = decoded?.ok === true ? decoded.message.command : null
      return command?.type === 'control.rejected' ? [`${command.data.control}: ${command.data.reason}`] : []
    }),
  )
}
