import { CERTIFY } from '@twinreel/catalog/contract/setup'
import type { Catalog } from '@twinreel/catalog/open'
import type { ObjectStore } from '@twinreel/object-store/port'
import { runRetention, type RetentionOptions, type RunReport } from '@twinreel/retention/run'
import { silentLogger } from '@twinreel/service/log'
import { perform } from './act.ts'
import { lookAtCatalog } from './look.ts'
import type { Run } from './step.ts'
import { newWorker, type World } from './world.ts'

/** `failed`: the engines failed it. */
export type RunOutcome = { kind: 'done'; report: RunReport } | { kind: 'killed' } | { kind: 'failed'; error: unknown }

/** Nobody starts a worker on a machine whose clock is ahead without another to compare it with: it could not know. */
export function startWorker(world: World): void {
  const { time, hasWitness } = world
  if (!hasWitness && time.errorMs > 0) time.errorMs = 0
  world.worker = newWorker(time)
}

/** One run of the worker's, with what happens meanwhile. */
export async function runWorker(world: World, run: Run, options: Pick<RetentionOptions, 'retryAll'> = {}): Promise<RunOutcome> {
  const { time, worker, hasWitness } = world
  const never = new Promise<never>(() => undefined)
  const death = Promise.withResolvers<'died'>()
  let calls = 0
  let turn: Promise<void> = Promise.resolve()

  /** Before each call to an engine, one at a time, and nothing else before its `work` is done. After its death a process asks for nothing any more and is told nothing. */
  async function inTurn<T>(work: () => Promise<T>, lastWish?: () => Promise<unknown>): Promise<T> {
    const [last, { promise, resolve }] = [turn, Promise.withResolvers<void>()]
    turn = promise
    await last
    await call(lastWish)
    try {
      return await work()
    } finally {
      resolve()
    }
  }
  const before = (lastWish?: () => Promise<unknown>): Promise<void> => inTurn(() => Promise.resolve(), lastWish)

  async function call(lastWish?: () => Promise<unknown>): Promise<void> {
    calls += 1
    time.trueMs += run.callMs
    if (calls === run.diesAtCall) {
      await lastWish?.()
      death.resolve('died')
      return never
    }
    for (const { atCall, act } of run.during) if (atCall === calls) await perform(world, act)
  }

  const running = runRetention({
    catalog: seenBy(world, inTurn),
    store: faulty(world.store, run.store, before),
    log: silentLogger,
    ...CERTIFY,
    guard: worker.guard,
    holder: worker.holder,
    monotonicMs: () => time.trueMs - worker.startedMs,
    ...(hasWitness ? { witness: { now: () => time.trueMs } } : {}),
    ...(world.brake === null ? {} : { limits: { recordings: world.brake } }),
    ...(run.most === null ? {} : { maxPerRun: run.most }),
    ...options,
  })
  try {
    const report = await Promise.race([running, death.promise])
    await lookAtCatalog(world)
    return report === 'died' ? { kind: 'killed' } : { kind: 'done', report }
  } catch (error) {
    await lookAtCatalog(world)
    return { kind: 'failed', error }
  }
}

/** The catalog as the worker has it: what each transaction claimed is seen before anything else happens. */
function seenBy(world: World, inTurn: <T>(work: () => Promise<T>) => Promise<T>): Catalog {
  const { catalog } = world
  const db = new Proxy(catalog.db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'transaction') return value.bind(target) as unknown
      return () => ({
        async execute(work: Parameters<ReturnType<typeof target.transaction>['execute']>[0]): Promise<unknown> {
          return inTurn(async () => {
            const result = await target.transaction().execute(work)
            await lookAtCatalog(world)
            return result
          })
        },
      })
    },
  })
  return {
    ...catalog,
    db,
    async nowMs(within) {
      if (within === undefined) await inTurn(() => Promise.resolve())
      if (world.worker.guard.trusted === null) world.worker.trustedErrorMs = world.time.errorMs
      return catalog.nowMs(within)
    },
  }
}

function faulty(store: ObjectStore, state: Run['store'], before: (lastWish?: () => Promise<unknown>) => Promise<void>): ObjectStore {
  return {
    ...store,
    async putIfAbsent(options) {
      await before()
      return store.putIfAbsent(options)
    },
    async remains(asked) {
      await before()
      if (state === 'down') throw new Error('connection refused')
      return store.remains(asked)
    },
    async deleteMany(keys) {
      // Killed in the middle of a request, half of it is done.
      await before(() => store.deleteMany(keys.slice(0, keys.length / 2)))
      if (state === 'down') throw new Error('connection refused')
      const refused = state === 'refuses' ? keys[0] : undefined
      const outcomes = await store.deleteMany(keys.filter((key) => key !== refused))
      if (state === 'mute') throw new Error('no answer')
      return refused === undefined ? outcomes : [...outcomes, { key: refused, deleted: false, error: 'slow down', retriable: true }]
    },
  }
}
