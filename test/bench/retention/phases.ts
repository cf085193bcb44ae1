import { dueKeys, fillWithRecordings, keptKeys, type Many } from '@twinreel/catalog/contract/many-recordings'
import { dueCandidates, type DueCursor } from '@twinreel/catalog/due'
import { dueByOrg } from '@twinreel/catalog/due-by-org'
import { makeLogger } from '@twinreel/service/log'
import { owedAt } from '@twinreel/retention/overdue'
import { runRetention } from '@twinreel/retention/run'
import { CERTIFYING } from '../../support/certifying.ts'
import { answerQuestions } from '../phase-process.ts'
import { liveLags, type Live } from './live.ts'
import { openTarget, type Target } from './target.ts'

export interface RetentionInput {
  /** `null`: on servers. */
  dataDir: string | null
  many: Many
}

export interface Looks {
  firstPageMs: number
  /** From the middle of what is due on. */
  furtherPageMs: number
  owedMs: number
  /** What a run counts before it claims. */
  countedMs: number
}

export interface Purged {
  wallMs: number
  recordings: number
  objects: number
  /** While it ran. */
  rssBytes: readonly number[]
  /** After it, collected. */
  heapBytes: number
}

const PUTS_AT_ONCE = 32
const PAGE = 500
/** Recordings at most, by default. */
const RUN_TAKES = 10_000
const TIMES = 7
const KEYS_PER_DELETE = 1_000
const SAMPLE_EVERY_MS = 100
const log = makeLogger({ name: 'bench', level: 'error' })

export async function retentionPhase(phase: string, given: unknown): Promise<unknown> {
  switch (phase) {
    case 'retention:fill':
      return fill(given as RetentionInput)
    case 'retention:raw':
      answerQuestions(await rawLoop(given as RetentionInput))
      return undefined
    case 'retention:purge':
      answerQuestions(await purging(given as RetentionInput))
      return undefined
    case 'retention:live':
      return liveLags(given as Live)
    default:
      throw new Error(`no phase ${phase}`)
  }
}

/** Rows of them all, and the objects of what is due: once for retention, once for the raw loop. */
async function fill({ dataDir, many }: RetentionInput): Promise<{ keys: number }> {
  const target = await openTarget(dataDir)
  await fillWithRecordings(target.catalog, many)
  const keys = await dueKeys(target.catalog)
  let at = 0
  const next = async (): Promise<void> => {
    for (let key = keys[at++]; key !== undefined; key = keys[at++]) {
      await target.put.ours(key)
      await target.put.raw(key)
    }
  }
  await Promise.all(Array.from({ length: PUTS_AT_ONCE }, next))
  for (const key of await keptKeys(target.catalog)) await target.put.ours(key)
  await target.close()
  return { keys: keys.length }
}

/** The yardstick: the same keys in the same order, a thousand a request, one request after another, and a listing that finds none at the end. */
async function rawLoop({ dataDir }: RetentionInput) {
  const target = await openTarget(dataDir)
  const keys = await dueKeys(target.catalog)
  return {
    async delete(given: unknown): Promise<{ wallMs: number }> {
      const { from, to } = given as { from: number; to: number }
      const startedMs = performance.now()
      for (let at = from; at < to; at += KEYS_PER_DELETE) await target.raw.deleteMany(keys.slice(at, Math.min(to, at + KEYS_PER_DELETE)))
      if (to >= keys.length && (await target.raw.count('recordings/')) !== 0) throw new Error('the raw loop left objects')
      return { wallMs: performance.now() - startedMs }
    },
  }
}

async function purging({ dataDir }: RetentionInput) {
  const target = await openTarget(dataDir)
  return {
    look: () => looks(target),
    async purge(given: unknown): Promise<Purged> {
      const { maxPerRun } = given as { maxPerRun: number }
      const rssBytes: number[] = []
      const sampling = setInterval(() => rssBytes.push(process.memoryUsage().rss), SAMPLE_EVERY_MS)
      const startedMs = performance.now()
      const { purged, objects, failed } = await runRetention({ catalog: target.catalog, store: target.store, log, maxPerRun, ...CERTIFYING })
      const wallMs = performance.now() - startedMs
      clearInterval(sampling)
      if (failed.length > 0) throw new Error(`retention could not delete ${failed.length} objects: ${failed[0]?.error}`)
      globalThis.gc?.()
      return { wallMs, recordings: purged, objects, rssBytes, heapBytes: process.memoryUsage().heapUsed }
    },
    async left(): Promise<number> {
      const kept = new Set(await keptKeys(target.catalog))
      return (await target.store.remains({ prefix: 'recordings/' })).keys.filter((key) => !kept.has(key)).length
    },
  }
}

async function looks({ catalog }: Target): Promise<Looks> {
  const nowMs = await catalog.nowMs()
  const page = (after: DueCursor | null) => dueCandidates(catalog, { nowMs, limit: PAGE, after })
  const cursors: DueCursor[] = []
  for (let { next } = await page(null); next !== null; { next } = await page(next)) cursors.push(next)
  const middle = cursors[Math.floor(cursors.length / 2)] ?? null
  return {
    firstPageMs: await timed(() => page(null)),
    furtherPageMs: await timed(() => page(middle)),
    owedMs: await timed(() => owedAt(catalog, nowMs)),
    countedMs: await timed(() => dueByOrg(catalog, { nowMs, countUpTo: RUN_TAKES })),
  }
}

/** The least of some times: whatever else the machine does only adds to it. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const took: number[] = []
  for (let time = 0; time < TIMES; time++) {
    const startedMs = performance.now()
    await work()
    took.push(performance.now() - startedMs)
  }
  return Math.min(...took)
}
