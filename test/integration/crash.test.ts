import { join } from 'node:path'
import { silentLogger } from '@twinreel/service/log'
import { generatePlans } from '@twinreel/simulator/generate'
import { simulate } from '@twinreel/simulator/simulate'
import { openEngines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { expect, test } from 'vitest'
import { dyingEngines } from '../support/crash.ts'
import { temporaryDirectory } from '../support/directories.ts'
import { hashesBelow } from '../support/objects.ts'
import { ONE_KEY } from '../support/signing.ts'

const CALLS = { seed: 11, calls: 10, users: 12, callSeconds: 75 }
const FAULTS = { loss: 0.02, duplicate: 0.03, reorder: 0.05, lostEnd: 0.1 }

/** Records the same calls, the recorder dying after each of these many calls to its engines; answers every object's hash by key, and the ledger. */
async function recordDying(deaths: readonly number[]): Promise<{ objects: Record<string, string>; ledger: unknown[]; recordings: unknown[] }> {
  const dataDir = temporaryDirectory()
  const engines = await openEngines({ dataDir })
  const { plans, people } = generatePlans(CALLS)
  const simulated = simulate({ log: engines.eventLog, catalog: engines.catalog, plans, people, speed: 'max', seed: CALLS.seed, faults: FAULTS })
  for (const atCall of deaths) {
    const dying = dyingEngines(engines, atCall)
    // It may die while it starts.
    await Promise.race([dying.died, recordWith(dying.engines, silentLogger, ONE_KEY).then(() => simulated)])
  }
  const recorder = await recordWith(engines, silentLogger, ONE_KEY)
  await simulated
  await recorder.stop()
  const ledger = await engines.catalog.db
    .selectFrom('ledger')
    .select(['call_id', 'owner_id', 'outcome', 'reason'])
    .orderBy('call_id')
    .orderBy('owner_id')
    .execute()
  const recordings = await engines.catalog.db
    .selectFrom('recordings')
    .select(['recording_id', 'status', 'captured_ms', 'paused_ms', 'held_ms', 'lost_ms', 'segment_count', 'tones', 'prompts', 'size_bytes', 'manifest_sha256'])
    .orderBy('recording_id')
    .execute()
  // The log is left open: it would wait for the dead, who never answer.
  await engines.catalog.close()
  return { objects: hashesBelow(join(dataDir, 'objects')), ledger, recordings }
}

test('a recorder that dies again and again leaves the same objects, recordings and ledger as one that lives', async () => {
  const undisturbed = await recordDying([])
  expect(Object.keys(undisturbed.objects).length).toBeGreaterThan(20)
  for (const deaths of [[3], [40, 60, 80], [150, 150, 150, 150], [7, 11, 13, 17, 19, 23, 29, 400, 90, 91]]) {
    expect(await recordDying(deaths), `deaths after ${deaths.join(', ')} engine calls`).toEqual(undisturbed)
  }
}, 120_000)
