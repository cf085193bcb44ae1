import { join } from 'node:path'
import { openPlace } from '@twinreel/twinreel/engines'
import { simulate } from '@twinreel/simulator/simulate'
import { describe, expect, onTestFinished, test } from 'vitest'
import { canaryCalls, SEGMENT_SECONDS } from '../support/canary/calls.ts'
import { exposureIn, exposureText } from '../support/canary/exposure.ts'
import { canarySpeaker } from '../support/canary/pattern.ts'
import { canariesAt, filesOf, otherTopics } from '../support/canary/places.ts'
import { everyRow, everyVersion } from '../support/canary/server-places.ts'
import { temporaryDirectory } from '../support/directories.ts'
import { writesNow } from '../support/recorders/moments.ts'
import { sharedOut } from '../support/recorders/ownership.ts'
import { MISSING_SERVERS, ownServers } from '../support/recorders/own-servers.ts'
import { recordingFaults } from '../support/recorders/recorded.ts'
import { startRecorderProcess } from '../support/recorders/recorder-process.ts'

const SEED = 9_201
const skipped = MISSING_SERVERS.length === 0 ? '' : ` (skipped: no ${MISSING_SERVERS.join(', ')})`

describe.skipIf(skipped !== '')(`pauses on Kafka, S3 and PostgreSQL${skipped}`, () => {
  test('what is said in them is in no version of an object, no row, no other topic, no file and no line, though a recorder is killed as it writes', async ({
    annotate,
  }) => {
    const servers = await ownServers(temporaryDirectory())
    onTestFinished(servers.remove)
    const truthDir = join(temporaryDirectory(), 'truth')
    const calls = canaryCalls({ seed: SEED, calls: 12, callMs: 20_000 })
    const [a, b] = await Promise.all([startRecorderProcess('a', servers), startRecorderProcess('b', servers)])
    await sharedOut([a, b], [a, b])
    const engines = await openPlace(servers.place)
    onTestFinished(engines.close)
    const { eventLog, catalog, store } = engines
    const simulated = simulate({ log: eventLog, catalog, ...calls, speaker: canarySpeaker(calls.pausesOf), speed: 'real', seed: SEED, truthDir })
    await writesNow(a)
    a.signal('SIGKILL')
    await simulated
    b.signal('SIGTERM')
    expect((await b.ended).exitCode).toBe(0)

    const exposure = await exposureIn(eventLog, calls)
    await annotate(`${calls.pauses} pauses; ${exposureText(exposure)}`)
    expect(exposure.wrongSamples).toBe(0)
    expect(Math.max(...exposure.ungatedMs)).toBeGreaterThan(1_000)
    const [versions, rows] = [await everyVersion(servers.place), await everyRow(servers.place)]
    expect(versions.length).toBeGreaterThan(50)
    expect(rows.map(({ name }) => name)).toContain('table segments')
    const own = [a, b].flatMap(({ name, dataDir, lines }) => [
      ...filesOf(dataDir),
      { name: `output of ${name}`, bytes: Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n')) },
    ])
    expect(canariesAt([...versions, ...rows, ...own, ...(await otherTopics(eventLog))])).toEqual([])
    expect(await recordingFaults({ store, catalog }, truthDir, { segmentMs: SEGMENT_SECONDS * 1_000 })).toEqual([])
  }, 150_000)
})
