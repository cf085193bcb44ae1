import { errorOf } from './error-of.ts'
import { createEventHeap } from './event-heap.ts'
import type { Random, VirtualTime } from './types.ts'
import { DeadEndError } from './types.ts'

export interface Driver {
  time: VirtualTime
  /** Runs events until the promise settles. `waiting` says, at a dead end, who waits for what. */
  run<T>(work: Promise<T>, limits: { mostMs: number; mostEvents: number; waiting(): string }): Promise<T>
  /** Ends the run with this error. */
  fail(error: unknown): void
  /** A listener that must be done before the next event. */
  hear(work: Promise<void> | void): void
  /** Runs events as they come, jumping over idle time, until the returned function is called: for tests that wait in real time. */
  runFreely(): () => void
}

/** Turns of the event loop that are asked for at once: each costs a look at the system's own events. */
const TURNS = 64

/**
 * Time that passes from event to event. Each event is followed by everything it sets going without waiting (a turn of the event loop, in which
 * all promises settle), so that the order of things depends on the seed alone. Of events at the same moment the dice say which goes first.
 */
export function createDriver(startMs: number, random: Random): Driver {
  const heap = createEventHeap()
  let nowMs = startMs
  let failure: Error | null = null
  let listening = 0

  function at(atMs: number, label: string, event: () => void): () => void {
    const timed = { atMs: Math.max(nowMs, atMs), tie: random.next(), label, run: event as (() => void) | null }
    heap.push(timed)
    return () => void (timed.run = null)
  }

  /** Runs the next event; `false` when there is none. */
  function step(): boolean {
    for (let event = heap.pop(); event !== undefined; event = heap.pop()) {
      if (event.run === null) continue
      nowMs = event.atMs
      event.run()
      return true
    }
    return false
  }

  const time: VirtualTime = {
    now: () => nowMs,
    at,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve()
        const end = (): void => {
          callOff()
          signal?.removeEventListener('abort', end)
          resolve()
        }
        const callOff = at(nowMs + ms, 'wait', end)
        signal?.addEventListener('abort', end)
      }),
    every(ms, event) {
      let callOff = at(nowMs + ms, 'every', again)
      function again(): void {
        callOff = at(nowMs + ms, 'every', again)
        event()
      }
      return () => callOff()
    },
  }

  return {
    time,
    fail: (error) => void (failure ??= errorOf(error)),
    hear(work) {
      if (work === undefined) return
      listening += 1
      work.then(
        () => void (listening -= 1),
        (error: unknown) => void (failure ??= errorOf(error)),
      )
    },
    run: (work, { mostMs, mostEvents, waiting }) =>
      new Promise((resolve, reject) => {
        const untilMs = nowMs + mostMs
        let events = 0
        let isOver = false
        const end = (how: () => void): void => {
          isOver = true
          how()
        }
        work.then(
          (value) => void (isOver || end(() => (failure === null ? resolve(value) : reject(failure)))),
          (error: unknown) => void (isOver || end(() => reject(failure ?? errorOf(error)))),
        )
        function turn(isLast: boolean): void {
          if (isOver) return
          try {
            const failed = failure
            if (failed !== null) return end(() => reject(failed))
            if (listening > 0) throw new Error('a listener waits for something that takes virtual time')
            if (!step()) throw new DeadEndError(`nothing is left to happen: ${waiting()}`)
            if (nowMs > untilMs) throw new DeadEndError(`not over after ${mostMs} ms of virtual time: ${waiting()}`)
            if ((events += 1) > mostEvents) throw new DeadEndError(`not over after ${mostEvents} events: ${waiting()}`)
          } catch (error) {
            return end(() => reject(errorOf(error)))
          }
          if (isLast) ask()
        }
        function ask(): void {
          for (let n = 1; n <= TURNS; n++) setImmediate(turn, n === TURNS)
        }
        ask()
      }),
    runFreely() {
      let isOver = false
      const turn = (): void => {
        if (isOver) return
        if (step()) setImmediate(turn)
        else setTimeout(turn, 1)
      }
      setImmediate(turn)
      return () => void (isOver = true)
    },
  }
}
