import type { EventLog } from '@twinreel/event-log/port'
import type { Append } from './appender.ts'
import { createBell } from './bell.ts'
import type { Clock } from './clock.ts'
import { readCommands, type ReadCommand } from './command-reader.ts'
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
  clock: Clock
  /** How long lockstep waits for an answer. */
  patienceMs: number
  idleEndSeconds: number
  signal?: AbortSignal
}

const WATCH_MS = 500

/** Runs the calls to their ends, with the recorder's commands reaching them meanwhile. Throws `NoRecorderError`, or what ended it early. */
export async function drive(options: DriveOptions): Promise<void> {
  const { log, speed, seed, callIds, calls, append, onEnd, clock, patienceMs, idleEndSeconds, signal } = options
  const bell = createBell()
  const stop = new AbortController()
  let failure: { error: unknown } | null = null
  const fail = (error: unknown): void => {
    failure ??= { error }
    bell.fail(error)
    stop.abort()
  }
  let progressMs = clock.nowMs()
  const watch = async (): Promise<void> => {
    for (;;) {
      await clock.wait(WATCH_MS, stop.signal)
      if (clock.nowMs() - progressMs > patienceMs) return fail(new NoRecorderError(patienceMs, 'events wait for their answers'))
    }
  }

  const lockstep = speed === 'max' ? createLockstep({ calls, append, bell, idleEndSeconds, onEnd }) : null
  const realTime = lockstep === null ? createRealTime({ calls, append, clock, signal: stop.signal, onEnd }) : null
  const take = (commands: readonly ReadCommand[]): void => {
    if (lockstep?.take(commands) === true) progressMs = clock.nowMs()
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
    throw failure === null ? error : (failure as { error: unknown }).error
  } finally {
    stop.abort()
    await consumer.stop()
  }
}
