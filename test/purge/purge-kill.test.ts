import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { DeleteObjectsCommand, paginateListObjectsV2, PutObjectCommand } from '@aws-sdk/client-s3'
import { dueKeys, fillWithRecordings } from '@twinreel/catalog/contract/many-recordings'
import { writeTier } from '@twinreel/catalog/contract/write-tier'
import { placeHold } from '@twinreel/catalog/legal-holds'
import { openCatalog } from '@twinreel/catalog/open'
import { waitWhileBusy } from '@twinreel/catalog/sqlite'
import { s3Client } from '@twinreel/object-store/s3/client'
import { SERVER } from '@twinreel/object-store/s3/testing'
import { recordingObject } from '@twinreel/recording/keys'
import { systemClock } from '@twinreel/service/clock'
import { drawsOf, keyOf, type Draws } from '@twinreel/simulator/random'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openS3Door, type AtDoor } from '../support/s3-door.ts'
import { isDelete, isProof, keysIn, PURGE_STEPS, verdictAt, type Passed, type PurgeStep } from './steps.ts'

const WORKER = join(import.meta.dirname, 'worker.ts')
const RECORDINGS_OF_EACH = 20
/** Ten thousand recordings and twenty seeds with `PURGE=full`; `PURGE_SEEDS` of them. */
const isFull = process.env['PURGE'] === 'full'
const OWNERS = isFull ? 1_001 : 51
const SEEDS = Array.from({ length: Number(process.env['PURGE_SEEDS'] ?? (isFull ? 20 : 1)) }, (_, n) => n + 1)
const PUTS_AT_ONCE = 16
const KEPT = [
  'recordings/many/user-1000000000/notes.txt',
  'recordings/many/user-1000000000/rec-1000000000-other/00000.wav',
  'recordings/many/user-1000000000-other/rec-1000000000/00000.wav',
  'recordings/many/nobody/rec-1/00000.wav',
  'others/recordings/many/user-1000000000/rec-1000000000/00000.wav',
]

async function world() {
  const directory = mkdtempSync(join(tmpdir(), 'purge-'))
  const catalogPath = join(directory, 'catalog.db')
  const { settings, remove } = await SERVER.bucket()
  const client = s3Client(settings)
  const catalog = await openCatalog({ path: catalogPath })
  const door = await openS3Door(settings.endpoint ?? '', settings.bucket)
  onTestFinished(async () => {
    await door.close()
    await catalog.close()
    client.destroy()
    await remove()
    rmSync(directory, { recursive: true })
  })
  const Bucket = settings.bucket
  const nowMs = systemClock.now()
  // One owner more than is due for is held, the last tenth pays.
  await fillWithRecordings(catalog, { owners: OWNERS + 1, freeOwners: OWNERS + 1, recordingsOfEach: RECORDINGS_OF_EACH, nowMs })
  const held = `user-${1_000_000_000 + OWNERS}`
  const paying = `user-${1_000_000_000 + OWNERS - 1}`
  await placeHold(catalog, { actor: 'test', reason: 'test', orgId: 'many', subject: 'user', subjectId: held })
  await writeTier(catalog, { tier: 'standard', sinceMs: 0 }, { userIds: [paying] })
  const all = await dueKeys(catalog)
  const due = new Set(all.filter((key) => ![held, paying].includes(recordingObject(key)?.ownerId ?? '')))
  const keys = [...all, ...KEPT]
  await Promise.all(
    Array.from({ length: PUTS_AT_ONCE }, async () => {
      for (let key = keys.pop(); key !== undefined; key = keys.pop()) await client.send(new PutObjectCommand({ Bucket, Key: key, Body: 'x' }))
    }),
  )
  return {
    catalog,
    catalogPath,
    door,
    due,
    kept: [...all.filter((key) => !due.has(key)), ...KEPT].toSorted(),
    place: { catalogPath, s3: { ...settings, endpoint: door.endpoint } },
    remove: async (doomed: readonly string[]) =>
      void (await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: doomed.map((Key) => ({ Key })) } }))),
    async keys(): Promise<string[]> {
      const found: string[] = []
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) found.push(...Contents.map(({ Key = '' }) => Key))
      return found.filter((key) => !key.startsWith('journal/'))
    },
  }
}

type World = Awaited<ReturnType<typeof world>>

function startWorker({ place }: World) {
  const child = spawn(process.execPath, [WORKER], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, PURGE_PLACE: JSON.stringify(place) } })
  return { child, ended: once(child, 'exit'), said: text(child.stdout) }
}

/** Starts a worker and kills it where it is about to leave the step. */
async function killAt(made: World, step: PurgeStep, nth: number): Promise<void> {
  const { door } = made
  const passed: Passed = { deletes: 0, proofs: 0 }
  const reached = Promise.withResolvers<AtDoor>()
  let isReached = false
  let lock: DatabaseSync | null = null
  door.judge = async (asked) => {
    // Nothing goes on any more once the step is reached: what runs beside it is as if it had not been sent yet.
    if (isReached) return 'hold'
    const verdict = verdictAt(step, asked, passed, nth)
    passed.deletes += Number(isDelete(asked))
    // A look before a claim is no proof.
    passed.proofs += Number(isProof(asked) && passed.deletes > 0)
    if (verdict === null) return 'pass'
    isReached = true
    if (step === 'verified') lock = await lockedCatalog(made.catalogPath)
    if (verdict === 'hold') reached.resolve(asked)
    else door.answered = (answered) => void (answered === asked && reached.resolve(asked))
    return verdict
  }
  const { child, ended, said } = startWorker(made)
  const stopped = ended.then(async (): Promise<never> => {
    throw new Error(`the run ended before it was ${step}: ${await said}`)
  })
  const asked = await Promise.race([reached.promise, stopped])
  stopped.catch(() => undefined)
  if (step === 'some-deleted') await made.remove(keysIn(asked).filter((_, n) => n % 2 === 0))
  child.kill('SIGKILL')
  await ended
  ;(lock as DatabaseSync | null)?.close()
  // The dead worker's turn would run out by itself, which nobody waits for here.
  await made.catalog.db.deleteFrom('retention_lease').execute()
  door.judge = () => 'pass'
  door.answered = () => undefined
}

/** While it is open nobody else writes. */
async function lockedCatalog(path: string): Promise<DatabaseSync> {
  const database = new DatabaseSync(path, { timeout: 0 })
  await waitWhileBusy(() => database.exec('begin immediate'))
  return database
}

/** No certificate while bytes survive, and nothing gone that was not claimed. Answers how many are certified. */
async function expectSound(made: World): Promise<number> {
  const rows = await made.catalog.db.selectFrom('recordings').select(['recording_id', 'claimed_at_ms', 'purged_at_ms']).execute()
  const left = new Set(await made.keys())
  const alive = new Set([...left].filter((key) => made.due.has(key)).map((key) => recordingObject(key)?.recordingId))
  expect(rows.filter((row) => row.purged_at_ms !== null && alive.has(row.recording_id))).toEqual([])
  const unclaimed = new Set(rows.filter((row) => row.claimed_at_ms === null).map((row) => row.recording_id))
  expect([...made.due].filter((key) => unclaimed.has(recordingObject(key)?.recordingId ?? '') && !left.has(key))).toEqual([])
  expect(made.kept.filter((key) => !left.has(key))).toEqual([])
  return rows.filter((row) => row.purged_at_ms !== null).length
}

/** In a full run each step is reached after some batches, so that every one of them has some left to be killed in. */
function batchesFirst(draws: Draws): number {
  return isFull ? draws.whole(0, 4) : 0
}

describe.skipIf(SERVER.isMissing)('a purge that is killed, at the server of TWINREEL_TEST_S3', { timeout: isFull ? 1_800_000 : 240_000 }, () => {
  test.each(SEEDS)('in one step after another leaves what the next worker finishes, and nothing false (seed %i)', async (seed) => {
    const made = await world()
    const draws = drawsOf(keyOf('purge', seed))
    let certified = 0
    for (const step of PURGE_STEPS) {
      await killAt(made, step, batchesFirst(draws))
      const now = await expectSound(made)
      expect(now).toBeGreaterThanOrEqual(certified)
      certified = now
    }
    const { ended, said } = startWorker(made)
    expect(await ended).toEqual([0, null])
    expect(JSON.parse(await said)).toMatchObject({ failed: 0 })
    expect(await expectSound(made)).toBe(made.due.size / 2)
    expect(await made.keys()).toEqual(made.kept)
  })
})
