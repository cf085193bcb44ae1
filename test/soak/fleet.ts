import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '@twinreel/service/clock'
import type { OwnServers } from '../support/recorders/own-servers.ts'
import { startRecorderProcess, type RecorderProcess } from '../support/recorders/recorder-process.ts'
import type { Usage } from './usage.ts'

/** Recorders that share a topic, and what happened to them. Whoever dies is replaced at once, as a supervisor would. */
export interface Fleet {
  /** All there ever were. */
  readonly ever: readonly RecorderProcess[]
  /** Those that run; not those that are frozen. */
  awake(): readonly RecorderProcess[]
  /** Sends SIGKILL and starts another one; answers when, or `null` when it had drained before that. */
  kill(victim: RecorderProcess): Promise<number | null>
  /** Sends SIGTERM; who is told to drain may end before it is killed. */
  drainOne(victim: RecorderProcess): void
  freeze(victim: RecorderProcess): number
  thaw(victim: RecorderProcess): void
  /** Whether somebody is frozen, or was and has not joined again since, or a put is on its way: it may still reach the store. */
  mayWriteLate(): boolean
  /** When all partitions are held by those awake, folded to their ends, and hardly behind the log; asked of them all the time. */
  recordsEverything(): Promise<number>
  /** Besides, each has as many of them as the others. */
  isShared(): Promise<void>
  /** Ends all in order. */
  drain(): Promise<void>
  /** Names of those that ended in another way than they were ended. */
  faults(): string[]
}

const PARTITIONS = 12
const WITHIN_MS = 120_000
const LOOK_EVERY_MS = 200
/** A call says something each second: further behind is behind. */
const BEHIND_SECONDS = 1.5

interface Holding {
  partitions: number
  catchingUp: number
  behindSeconds: number
}

const NOTHING: Holding = { partitions: 0, catchingUp: 0, behindSeconds: 0 }

export async function startFleet(servers: OwnServers, size: number, usage: Usage): Promise<Fleet> {
  const ever: RecorderProcess[] = []
  const present = new Set<RecorderProcess>()
  const frozen = new Set<RecorderProcess>()
  /** Those who were frozen and have not got a partition since: who joins again has ended what he had begun before. */
  const dazed = new Set<RecorderProcess>()
  const dead = new Set<RecorderProcess>()
  const expected = new Map<RecorderProcess, string>()
  const draining = new Set<RecorderProcess>()
  const awake = (): RecorderProcess[] => [...present].filter((recorder) => !frozen.has(recorder))

  async function join(dataDir?: string): Promise<void> {
    const recorder = await startRecorderProcess(`recorder-${ever.length + 1}`, servers, dataDir)
    ever.push(recorder)
    present.add(recorder)
    void recorder.ended.then(() => dead.add(recorder))
  }

  async function holdingOf(recorder: RecorderProcess): Promise<Holding> {
    try {
      const metrics = await recorder.metrics()
      usage.saw(recorder.name, metrics)
      const one = (name: string): number => metrics.samples(name)[0] ?? 0
      return {
        partitions: one('twinreel_recorder_partitions_owned'),
        catchingUp: one('twinreel_recorder_partitions_catching_up'),
        behindSeconds: Math.max(0, ...metrics.samples('twinreel_recorder_lag_seconds')),
      }
    } catch {
      // It does not listen yet, or was just killed.
      return NOTHING
    }
  }

  /** Asks a recorder again and again; who answers late, as one that just starts, keeps nobody from being asked. */
  async function watch(recorder: RecorderProcess, latest: Map<RecorderProcess, Holding>, isOver: () => boolean): Promise<void> {
    for (; !isOver() && present.has(recorder) && !frozen.has(recorder); await delay(LOOK_EVERY_MS)) latest.set(recorder, await holdingOf(recorder))
    latest.delete(recorder)
  }

  async function until(holds: (holdings: readonly Holding[]) => boolean): Promise<number> {
    const latest = new Map<RecorderProcess, Holding>()
    let isOver = false
    for (const recorder of awake()) void watch(recorder, latest, () => isOver)
    let holdings: Holding[] = []
    for (const sinceMs = systemClock.now(); systemClock.now() - sinceMs < WITHIN_MS; await delay(LOOK_EVERY_MS / 4)) {
      const dying = awake().find((recorder) => dead.has(recorder))
      if (dying !== undefined) throw new Error(`${dying.name} ended by itself: ${dying.lines.at(-1)?.text ?? 'without a word'}`)
      holdings = awake().map((recorder) => latest.get(recorder) ?? NOTHING)
      if (!holds(holdings)) continue
      isOver = true
      return systemClock.now()
    }
    isOver = true
    throw new Error(`after ${WITHIN_MS / 1_000} s not everything is recorded again: ${JSON.stringify(holdings)}`)
  }

  function isComplete(holdings: readonly Holding[]): boolean {
    const partitions = holdings.reduce((sum, holding) => sum + holding.partitions, 0)
    return partitions === PARTITIONS && holdings.every(({ catchingUp, behindSeconds }) => catchingUp === 0 && behindSeconds <= BEHIND_SECONDS)
  }

  for (let started = 0; started < size; started++) await join()
  return {
    ever,
    awake,
    async kill(victim) {
      const atMs = systemClock.now()
      victim.signal('SIGKILL')
      present.delete(victim)
      await victim.ended
      const hasDrained = draining.has(victim) && victim.exit() === '0'
      expected.set(victim, hasDrained ? '0' : 'SIGKILL')
      await join(victim.dataDir)
      return hasDrained ? null : atMs
    },
    drainOne(victim) {
      draining.add(victim)
      victim.signal('SIGTERM')
    },
    freeze(victim) {
      victim.signal('SIGSTOP')
      frozen.add(victim)
      dazed.add(victim)
      return systemClock.now()
    },
    thaw(victim) {
      victim.signal('SIGCONT')
      frozen.delete(victim)
    },
    mayWriteLate: () => dazed.size > 0 || ever.some(({ puts }) => puts.some(({ isOver }) => !isOver)),
    recordsEverything: () => until(isComplete),
    async isShared() {
      await until((holdings) => isComplete(holdings) && holdings.every(({ partitions }) => partitions === PARTITIONS / holdings.length))
      for (const recorder of dazed) if (!frozen.has(recorder)) dazed.delete(recorder)
    },
    async drain() {
      for (const recorder of present) {
        recorder.signal('SIGTERM')
        expected.set(recorder, '0')
      }
      await Promise.all([...present].map(({ ended }) => ended))
    },
    faults: () =>
      [...expected].flatMap(([{ name, exit }, end]) => {
        const found = exit()
        return found === end ? [] : [`${name} ended with ${found ?? 'nothing'}, not ${end}`]
      }),
  }
}
