import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { waitWhileBusy } from '@twinreel/catalog/sqlite'
import { drawsOf, keyOf } from '@twinreel/simulator/random'
import type { AtDoor } from '../support/s3-door.ts'
import { filledPlace, type FilledPlace, type Filling } from './filled-place.ts'
import { judgeOf, missingAfter, type Judge, type Seen } from './judge.ts'
import { doomedBy, isDelete, isProof, PURGE_STEPS, verdictAt, type First, type Passed, type PurgeStep } from './steps.ts'

const WORKER = join(import.meta.dirname, 'worker.ts')

/** So many runs at most until all is gone. */
const MOST_RUNS = 4

export interface Killing extends Filling {
  seed: number
  /** Each step is reached after up to so many batches, so that there is something to be killed in for every one. */
  batchesFirst: number
  /** A fault of `plants.ts` that the workers have. */
  plant?: string
  /** Where a worker is killed, each in its turn; default: everywhere. */
  steps?: readonly PurgeStep[]
  tell(line: string): void
}

/** A purge whose worker is killed at one step after another and is let through at last. What is wrong then, in words; nothing when all holds. */
export async function purgeWithKills(killing: Killing): Promise<readonly string[]> {
  const began = performance.now()
  const tell = (line: string): void => killing.tell(`seed ${killing.seed}, ${((performance.now() - began) / 1_000).toFixed(1)} s: ${line}`)
  const made = await filledPlace(killing)
  const judge = judgeOf(made)
  try {
    tell(`${made.filled.length} objects${killing.versioned ? ' and versions' : ''} in the bucket, ${made.due.size} recordings to go`)
    await killAtEach(killing, made, { judge, tell })
    return judge.wrong
  } finally {
    judge.close()
    await made.close()
    tell('over')
  }
}

async function killAtEach(
  { seed, batchesFirst, versioned, plant, steps = PURGE_STEPS }: Killing,
  made: FilledPlace,
  { judge, tell }: { judge: Judge; tell(line: string): void },
): Promise<void> {
  const draws = drawsOf(keyOf('purge', seed))
  const { wrong } = judge
  let seen: Seen = await judge.look()
  for (const step of steps) {
    const batches = draws.whole(0, batchesFirst)
    // Where versions are kept each recording is deleted by a request of its own.
    const first = { deletes: batches * (versioned ? 500 : 1), proofs: batches }
    const ended = await killAt(made, judge, { step, first, plant })
    if (ended !== null) {
      wrong.push(`the run ended before it was ${step}: ${ended}`)
      break
    }
    const now = await judge.look()
    const missing = missingAfter(step, now, seen)
    if (missing !== null) wrong.push(`killed when it was ${step}, and ${missing}`)
    if (now.certified < seen.certified) wrong.push(`${seen.certified} were certified before it was ${step}, and ${now.certified} after it`)
    seen = now
    const { whole, halved, bare } = seen.claimed
    tell(`killed when it was ${step}: of those claimed ${whole} whole, ${halved} in part and ${bare} gone; ${seen.certified} certified`)
    if (wrong.length > 0) break
  }
  made.door.judge = (asked) => {
    judge.before(asked)
    return 'pass'
  }
  // A store that could not be asked about a batch is asked again by the next run.
  for (let run = 1, isOver = false; !isOver; run++) {
    const { ended, said } = startWorker(made, plant)
    const [code] = await ended
    const report = (await said).trim()
    tell(`run ${run} that nobody kills: ${report}`)
    isOver = report.includes('"failed":0')
    if (code === 0 && (isOver || run < MOST_RUNS)) continue
    wrong.push(`run ${run} that nobody killed ended with ${String(code)}: ${report}`)
    break
  }
  const { certified } = await judge.look()
  if (certified !== made.due.size) wrong.push(`${certified} of ${made.due.size} are certified when all is over`)
  await judge.atLast()
}

function startWorker({ place }: FilledPlace, plant: string | undefined) {
  const env = { ...process.env, PURGE_PLACE: JSON.stringify(place), ...(plant === undefined ? {} : { PURGE_PLANT: plant }) }
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WORKER], { stdio: ['ignore', 'pipe', 'inherit'], env })
  return { child, ended: once(child, 'exit'), said: text(child.stdout) }
}

/** Starts a worker and kills it where it is about to leave the step; or what it said when it ended before. */
async function killAt(
  made: FilledPlace,
  judge: Judge,
  { step, first, plant }: { step: PurgeStep; first: First; plant: string | undefined },
): Promise<string | null> {
  const { door } = made
  const passed: Passed = { deletes: 0, proofs: 0 }
  const reached = Promise.withResolvers<AtDoor>()
  let isReached = false
  let lock: DatabaseSync | null = null
  door.judge = async (asked) => {
    // Nothing goes on any more once the step is reached: what runs beside it is as if it had not been sent yet.
    if (isReached) return 'hold'
    judge.before(asked)
    const isFresh = isDelete(asked) && doomedBy(asked).some(({ key }) => key.endsWith('/manifest.json') && !judge.sent.has(key))
    const verdict = verdictAt(step, asked, { ...passed, isFresh }, first)
    if (verdict !== 'hold') judge.noteSent(asked)
    passed.deletes += Number(isDelete(asked))
    passed.proofs += Number(isProof(asked))
    if (verdict === null) return 'pass'
    isReached = true
    if (step === 'verified') lock = await lockedCatalog(made.catalogPath)
    if (verdict === 'hold') reached.resolve(asked)
    else door.answered = (answered) => void (answered === asked && reached.resolve(asked))
    return verdict
  }
  const { child, ended, said } = startWorker(made, plant)
  const asked = await Promise.race([reached.promise, ended.then(() => null)])
  if (asked !== null && step === 'some-deleted') await made.remove(doomedBy(asked).filter((_, n) => n % 2 === 0))
  child.kill('SIGKILL')
  await ended
  await door.quiet()
  ;(lock as DatabaseSync | null)?.close()
  // The dead worker's turn would run out by itself, which nobody waits for here.
  await made.catalog.db.deleteFrom('retention_lease').execute()
  door.judge = () => 'pass'
  door.answered = () => undefined
  return asked === null ? said : null
}

/** While it is open nobody else writes. */
async function lockedCatalog(path: string): Promise<DatabaseSync> {
  const database = new DatabaseSync(path, { timeout: 0 })
  await waitWhileBusy(() => database.exec('begin immediate'))
  return database
}
