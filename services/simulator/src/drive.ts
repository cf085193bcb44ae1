import type { EventLog } from '@twinreel/event-log/port'
import type { Append } from './appender.ts'
import { createBell } from './bell.ts'
import type { WaitingClock } from './clock.ts'
import { readCommands, type ReadCommand } from '@twinreel/publisher/command-reader'
import { createLockstep } from './lockstep.ts'
import { NoRecorderError } from './no-recorder.ts'
import { createRealTime } from './real-time.ts'
import type { SimulatedCall } from './simulated-call.ts'

export interface DriveOptions {
  log: EventLog
  speed: 'real' | 'max'
  seed: number
  callIds: ReadonlySet<string>
  calls: Iterable<SimulatedCall>
  append: Append
  onEnd(call: SimulatedCall): void
  clock: WaitingClock
  /** How long lockstep waits for an answer. */
  patienceMs: number
  /** How long a call must be silent until it is over; `null` leaves it to the recorder to say so. */
  idleEndMs(call: SimulatedCall): number | null
  signal?: AbortSignal
}

const WATCH_MS = 500

/** Runs the calls to their ends, with the recorder's commands reaching them meanwhile. Throws `NoRecorderError`, or what ended it early. */
export async function drive(options: DriveOptions): Promise<void> {
  const { log, speed, seed, callIds, calls, append, onEnd, clock, patienceMs, idleEndMs, signal } = options
  const bell = createBell()
  const stop = new AbortController()
  const failures: unknown[] = []
  const fail = (error: unknown): void => {
    failures.push(error)
    bell.fail(new Error('the simulation was ended early', { cause: error }))
    stop.abort()
  }
  // Counted in looks, not by the clock: while this process stands still, or is hard at work, nobody can answer.
  let looks = 0
  const watch = async (): Promise<void> => {
    for (;;) {
      await clock.wait(WATCH_MS, stop.signal)
      looks += 1
      if (looks * WATCH_MS > patienceMs) return fail(new NoRecorderError(patienceMs, 'events wait for their answers'))
    }
  }

  const lockstep = speed === 'max' ? createLockstep({ calls, append, bell, idleEndMs, onEnd }) : null
  const realTime = lockstep === null ? createRealTime({ calls, append, clock, signal: stop.signal, onEnd }) : null
  const take = (commands: readonly ReadCommand[]): void => {
    if (lockstep?.take(commands) === true) looks = 0
    realTime?.take(commands)
  }
  signal?.throwIfAborted()
  const consumer = await readCommands(log, { groupId: `simulator-${seed}`, callIds, take })
  consumer.done.catch(fail)
  signal?.addEventListener('abort', () => fail(signal.reason), { once: true, signal: stop.signal })
  // Stopping is the only way it ends without having said why.
  if (lockstep !== null) watch().catch(() => {})
  try {
    await (lockstep ?? realTime)?.run()
  } catch (error) {
    throw failures.length === 0 ? error : failures[0]
  } finally {
    stop.abort()
    await consumer.stop()
  }
}
