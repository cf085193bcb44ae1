import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { syntheticRun } from '@twinreel/replay/capture/synthetic-audio'
import { captureBytes } from '@twinreel/replay/capture/write'
import { captureCall } from '@twinreel/replay/capturing/capture-call'
import { silentLogger } from '@twinreel/service/log'
import { enterPeople } from '@twinreel/simulator/people'
import { simulate } from '@twinreel/simulator/simulate'
import { openEngines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { ORGANIZATIONS, SCENES } from './scenes.ts'

/** The day on which all of these calls were. */
const START_MS = Date.UTC(2026, 2, 2, 9)

/**
 * Plays every scene to a recorder and writes its history beside this file: `node test/replays/make.ts [CALL-ID…]`. For new scenes; what is kept already is renewed by
 * `twinreel replay --update`, so that a change shows.
 */
async function make(wanted: readonly string[]): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'twinreel-replays-'))
  const engines = await openEngines({ dataDir })
  try {
    for (const people of ORGANIZATIONS) await enterPeople(engines.catalog, people)
    const recorder = await recordWith(engines, silentLogger)
    for (const { plan, faults, isWhole } of SCENES.filter(({ plan: { callId } }) => wanted.length === 0 || wanted.includes(callId))) {
      const { callId } = plan
      await simulate({
        log: engines.eventLog,
        catalog: engines.catalog,
        plans: [plan],
        speed: 'max',
        seed: plan.seed,
        faults,
        startMs: START_MS,
        speaker:
          ({ streamId, format: { codec } }) =>
          (from, to) =>
            syntheticRun({ streamId, offset: from, sampleCount: to - from, codec }).bytes,
      })
      // Nothing of it is anybody's: the same salt each time gives the same names.
      const anonymous = isWhole ? null : { salt: createHash('sha256').update(callId).digest() }
      const { capture, notes } = await captureCall(engines, { callId, eventsOnly: !isWhole, anonymous, wrapping: () => null, writtenBy: '0.1.0' })
      if (notes.length > 0) throw new Error(`${callId}: ${notes.join('; ')}`)
      const path = join(import.meta.dirname, `${callId}.ndjson`)
      writeFileSync(path, Buffer.concat([...captureBytes(capture, path)]))
    }
    await recorder.stop()
  } finally {
    await engines.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

await make(process.argv.slice(2))
