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
    refused: await refusals(engines, commandsBefore),
  }
}

async function commandsEnd({ eventLog }: Engines): Promise<number> {
  return (await eventLog.ranges(TOPICS.callCommands))[0]?.endOffset ?? 0
}

async function refusals({ eventLog }: Engines, fromOffset: number): Promise<string[]> {
  const { records } = await eventLog.read({ topic: TOPICS.callCommands, partition: 0, fromOffset })
  return records.flatMap(({ key, headers, value }) => {
    const decoded = value === null ? null : decodeCommand({ key, headers, value })
    const command = decoded?.ok === true ? decoded.message.command : null
    return command?.type === 'control.rejected' ? [`${command.data.control}: ${command.data.reason}`] : []
  })
}
