import { readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { TOPICS } from '@twinreel/contracts/topics'
import { simulate } from '@twinreel/simulator/simulate'
import { checkRecordings } from '@twinreel/oracle/check-recordings'
import { filesBelow } from '@twinreel/oracle/files'
import { openEngines, type Engines } from '@twinreel/twinreel/engines'
import { startServe, type Served } from '@twinreel/twinreel/testing/run-command'
import { expect, onTestFinished, test, vi } from 'vitest'
import { canaryCalls, SEGMENT_SECONDS } from '../support/canary/calls.ts'
import { exposureIn, exposureText } from '../support/canary/exposure.ts'
import { canarySpeaker } from '../support/canary/pattern.ts'
import { canariesAt, filesOf, otherTopics } from '../support/canary/places.ts'
import { temporaryDirectory } from '../support/directories.ts'

const SEED = 9_001
const CALLS = 36
const CALL_MS = 30_000
const KILLS = 9
const CLOSELY = { interval: 3, timeout: 60_000 }

/** Resolves when the recorder has just asked for a gate to be shut. */
async function gateIsAsked({ eventLog }: Engines): Promise<void> {
  const [range] = await eventLog.ranges(TOPICS.callCommands)
  let fromOffset = range?.endOffset ?? 0
  await vi.waitFor(async () => {
    const { records } = await eventLog.read({ topic: TOPICS.callCommands, partition: 0, fromOffset, maxRecords: 100 })
    fromOffset = (records.at(-1)?.offset ?? fromOffset - 1) + 1
    if (!records.some(({ headers }) => headers['ce_type']?.startsWith('io.twinreel.gate.close') === true)) throw new Error('no gate is asked for')
  }, CLOSELY)
}

function segmentFiles(dataDir: string): string[] {
  return readdirSync(join(dataDir, 'objects'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.wav'))
}

/** Resolves when an object has just been written, which no row tells of yet. */
async function segmentIsPut(dataDir: string): Promise<void> {
  const before = segmentFiles(dataDir).length
  await vi.waitFor(() => {
    if (segmentFiles(dataDir).length <= before) throw new Error('no segment is put')
  }, CLOSELY)
}

async function segmentsWithoutRow({ catalog, dataDir }: Engines): Promise<number> {
  const rows = new Set((await catalog.db.selectFrom('segments').select('key').execute()).map(({ key }) => key))
  return segmentFiles(dataDir).filter((name) => !rows.has(name)).length
}

test('what is said in more than 500 pauses is nowhere but in the log, though the recorder is killed on their boundaries; every recording is cut to the sample', async ({
  annotate,
}) => {
  const dataDir = temporaryDirectory()
  const truthDir = join(temporaryDirectory(), 'truth')
  const calls = canaryCalls({ seed: SEED, calls: CALLS, callMs: CALL_MS })
  const engines = await openEngines({ dataDir })
  onTestFinished(engines.close)
  const said: string[] = []
  const end = async (served: Served, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    served.kill(signal)
    const ended = await served.ended
    said.push(ended.stdout, ended.stderr)
  }
  let serve = await startServe(dataDir)
  const { eventLog, catalog } = engines
  const over = Promise.withResolvers<void>()
  const simulated = simulate({
    log: eventLog,
    catalog,
    ...calls,
    speaker: canarySpeaker(calls.pausesOf),
    speed: 'real',
    seed: SEED,
    truthDir,
    onProgress: ({ phase, done, calls: all }) => void (phase === 'calls' && done === all && over.resolve()),
  })
  let putNotCommitted = 0
  for (let kill = 0; kill < KILLS; kill++) {
    // The store takes nothing for a while; who is started meanwhile makes its directory anew.
    if (kill % 3 === 2) renameSync(join(dataDir, 'objects/.tmp'), join(dataDir, `away-${kill}`))
    // On a busy machine the calls may be over before the last kill: then nothing comes any more, and no outcome while the store takes nothing.
    await Promise.race([kill % 3 === 0 ? segmentIsPut(dataDir) : gateIsAsked(engines), over.promise, simulated])
    await end(serve, 'SIGKILL')
    if (kill % 3 === 0) putNotCommitted += await segmentsWithoutRow(engines)
    expect(canariesAt(filesOf(dataDir)), `after kill ${kill + 1}`).toEqual([])
    serve = await startServe(dataDir)
  }
  await simulated
  await end(serve, 'SIGTERM')

  expect(calls.pauses).toBeGreaterThan(500)
  expect(putNotCommitted).toBeGreaterThan(0)
  const exposure = await exposureIn(eventLog, calls)
  await annotate(`${calls.pauses} pauses; ${exposureText(exposure)}`)
  expect(exposure.wrongSamples).toBe(0)
  // It was said, and it did reach the log.
  expect(Math.max(...exposure.ungatedMs)).toBeGreaterThan(1_000)
  const places = [...filesOf(dataDir), ...(await otherTopics(eventLog)), { name: 'output', bytes: Buffer.from(said.join('\n')) }]
  expect(places.length).toBeGreaterThan(CALLS)
  expect(canariesAt(places)).toEqual([])

  const recordings = await catalog.db
    .selectFrom('recordings')
    .select(['recording_id as recordingId', 'call_id as callId', 'owner_id as ownerId', 'ordinal', 'status'])
    .execute()
  const rules = { segmentMs: SEGMENT_SECONDS * 1_000 }
  expect(await checkRecordings({ truthDir, objects: filesBelow(join(dataDir, 'objects')), recordings, rules })).toEqual([])
}, 240_000)

test('how much of a pause reaches the log before the publisher’s gate is shut', async ({ annotate }) => {
  const dataDir = temporaryDirectory()
  const calls = canaryCalls({ seed: SEED + 1, calls: 12, callMs: 12_000 })
  const engines = await openEngines({ dataDir })
  onTestFinished(engines.close)
  const serve = await startServe(dataDir)
  const { eventLog, catalog } = engines
  await simulate({ log: eventLog, catalog, ...calls, speaker: canarySpeaker(calls.pausesOf), speed: 'real', seed: SEED + 1 })
  serve.kill('SIGTERM')
  expect((await serve.ended).exitCode).toBe(0)
  const exposure = await exposureIn(eventLog, calls)
  await annotate(exposureText(exposure))
  // What a publisher with a gate keeps back: pauses are longer than it takes to shut.
  const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
  expect(sum(exposure.gatedMs)).toBeLessThan(sum(exposure.ungatedMs))
}, 60_000)
