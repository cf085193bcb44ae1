import { startRecorder, type Recorder } from '@twinreel/recorder/recorder'
import { RECORDER_KEYS } from '../../support/signing.ts'
import type { Sim, SimProcess } from '../engine/types.ts'
import type { WorldPlan } from './draw-world.ts'

/** The recorders of the world, as whoever operates them sees to it that they run. */
export interface Recorders {
  start(): void
  /** Asks them to drain and waits until they are gone; nobody starts them again. */
  stop(): Promise<void>
  /** As by a power cut: all die at once; nobody starts them again. */
  killAll(): void
  stats(): { lives: number }
}

const LEAST_RESTART_MS = 200
const MOST_RESTART_MS = 9_000
/** Who does not drain in this time is killed, as by any supervisor. */
const GRACE_MS = 30_000

export function recordersOf(sim: Sim, world: WorldPlan): Recorders {
  const random = sim.random('recorders')
  const running = new Map<SimProcess, Recorder | null>()
  let wanted = false
  let lives = 0

  function start(number: number): void {
    lives += 1
    const process = sim.spawn({
      name: `recorder-${number}.${lives}`,
      kind: 'recorder',
      mayDie: true,
      mayFreeze: true,
      clockOffsetMs: random.whole(-400, 400),
      async main({ eventLog, store, catalog, clock, monotonicMs, log, wait, every, openSpool }) {
        const { checkpointEveryMs, maxMemoryBytes, spools, putConcurrency } = world.recorder
        const options = { checkpointEveryMs, maxMemoryBytes, putConcurrency, spoolDir: spools ? `/spool/${number}` : null }
        const recorder = await startRecorder({ eventLog, store, catalog, clock, monotonicMs, log, wait, every, openSpool, options, ...RECORDER_KEYS })
        if (process.state !== 'dead') running.set(process, recorder)
        if (!wanted) void recorder.stop()
        await recorder.done
      },
      onEnd() {
        running.delete(process)
        if (wanted) sim.time.at(sim.time.now() + random.whole(LEAST_RESTART_MS, MOST_RESTART_MS), 'a recorder is started again', () => wanted && start(number))
      },
    })
    running.set(process, null)
  }

  return {
    start() {
      wanted = true
      for (let number = 1; number <= world.recorders; number++) start(number)
    },
    async stop() {
      wanted = false
      const leaving = [...running]
      for (const [, recorder] of leaving) void recorder?.stop().catch(() => undefined)
      const over = new AbortController()
      await Promise.race([Promise.all(leaving.map(([process]) => process.died)), sim.time.wait(GRACE_MS, over.signal)])
      over.abort()
      for (const [process] of leaving) process.kill()
    },
    killAll() {
      wanted = false
      for (const process of running.keys()) process.kill()
    },
    stats: () => ({ lives }),
  }
}
