import { createClock, type ProcessClock } from './process-clock.ts'
import { createPark } from './park.ts'
import type { Parts } from './world-parts.ts'
import type { ProcessKind, ProcessOptions, ProcessState, Random } from './types.ts'

/** What an engine does for one call. */
export interface Call<T> {
  /** `log.append` and the like; with `detail` it names the call in the trace. */
  what: string
  detail: string | number
  /** Time on the way there and back. */
  thereMs: number
  backMs: number
  /** The effect; may settle later, when somebody else is done. */
  effect(settle: (outcome: Outcome<T>) => void): void
  /** The process died on the way there: what was on the wire may still arrive. */
  whenDead?(): void
}

export type Outcome<T> = { ok: true; value: T; backMs?: number } | { ok: false; error: Error; backMs?: number }

/** A simulated operating-system process, as engines see it. */
export interface Machine {
  readonly name: string
  readonly kind: ProcessKind
  readonly hasFaults: boolean
  readonly random: Random
  readonly clock: ProcessClock
  state(): ProcessState
  /** One call to an engine, which may be its last. */
  call<T>(call: Call<T>): Promise<T>
  /** Something comes in from outside: runs now, after the thaw, or never. */
  enter(label: string, event: () => void): void
  /** A timer of its own. Answers what calls it off. */
  timer(ms: number, label: string, event: () => void): () => void
  /** Engines hear when its connections break, stand still and go on. */
  watch(watcher: Watcher): void
  kill(): void
  freeze(forMs: number | null): void
  thaw(): void
  died: Promise<void>
  /** Calls that wait for an answer. */
  waiting(): string[]
}

export interface Watcher {
  died?(): void
  froze?(): void
  thawed?(): void
}

const SHORT_MS = 4_000
const LONG_MS = { from: 6_500, to: 90_000 }

export function createMachine(parts: Parts, options: ProcessOptions, ended: (how: 'killed') => void): Machine {
  const { time, trace, faults } = parts
  const { name, kind, mayDie = false, mayFreeze = false, hasFaults = true } = options
  // A platform's clock is the call's own: what it says is taken as it is.
  const mayJump = hasFaults && kind !== 'platform'
  const random = parts.random(`process/${name}`)
  const clock = createClock(time, options.clockOffsetMs ?? 0)
  const park = createPark(time, random)
  const watchers: Watcher[] = []
  const pending = new Map<Call<never>, number>()
  const { promise: died, resolve: tellDead } = Promise.withResolvers<void>()
  let state: ProcessState = 'running'

  function kill(): void {
    if (state === 'dead') return
    trace.note(`${name} dies`)
    state = 'dead'
    park.empty()
    for (const watcher of watchers) watcher.died?.()
    ended('killed')
    tellDead()
  }

  function freeze(forMs: number | null): void {
    if (state !== 'running') return
    trace.note(`${name} freezes`, forMs ?? -1)
    state = 'frozen'
    for (const watcher of watchers) watcher.froze?.()
    if (forMs !== null) time.at(Math.min(time.now() + forMs, Math.max(time.now(), faults.quietFromMs)), 'thaw', thaw)
  }

  function thaw(): void {
    if (state !== 'frozen') return
    trace.note(`${name} thaws`)
    state = 'running'
    for (const watcher of watchers) watcher.thawed?.()
    park.release()
  }

  /** Whether it dies, or stands still, at this very moment. */
  function strikes(crash: 'crash-before-effect' | 'crash-after-effect' | 'crash-idle'): boolean {
    if (mayDie && faults.fires(crash)) kill()
    else if (mayFreeze && faults.fires('freeze-short')) freeze(faults.random.between(10, SHORT_MS))
    else if (mayFreeze && faults.fires('freeze-past-session')) freeze(faults.random.between(LONG_MS.from, LONG_MS.to))
    return state === 'dead'
  }

  function enter(label: string, event: () => void, isTimer = false): void {
    if (state === 'dead') return
    if (state === 'frozen') park.put(label, () => enter(label, event, isTimer), isTimer)
    else event()
  }

  function timer(ms: number, label: string, event: () => void): () => void {
    let isOff = false
    const callOff = time.at(time.now() + Math.max(1, ms), `${name} ${label}`, () => {
      enter(
        label,
        () => {
          if (isOff) return
          trace.note(label, name)
          if (mayJump && faults.fires('clock-jump-forward')) clock.step(faults.random.between(100, 3 * 3_600_000))
          if (mayJump && faults.fires('clock-jump-back')) clock.step(-faults.random.between(100, 600_000))
          if (!strikes('crash-idle')) enter(label, event, true)
        },
        true,
      )
    })
    return () => {
      isOff = true
      callOff()
    }
  }

  function call<T>(asked: Call<T>): Promise<T> {
    const { what, detail, thereMs, backMs } = asked
    return new Promise((resolve, reject) => {
      if (state === 'dead') return
      parts.hooks.asked({ process: name, kind, what, detail })
      pending.set(asked as Call<never>, time.now())
      const arrive = (): void => {
        if (state === 'dead') return asked.whenDead?.()
        // Of what a frozen process had asked for, some is on the wire and some still in its own buffers.
        if (state === 'frozen' && random.chance(0.5)) return park.put(what, arrive, false)
        if (state === 'running' && strikes('crash-before-effect')) return
        asked.effect(answer)
      }
      const answer = (outcome: Outcome<T>): void => {
        trace.note(what, name, detail, outcome.ok)
        if (state === 'dead' || (state === 'running' && strikes('crash-after-effect'))) return
        time.at(time.now() + (outcome.backMs ?? backMs), what, () =>
          enter(what, () => {
            pending.delete(asked as Call<never>)
            if (outcome.ok) resolve(outcome.value)
            else reject(outcome.error)
          }),
        )
      }
      time.at(time.now() + thereMs, what, arrive)
    })
  }

  return {
    name,
    kind,
    hasFaults,
    random,
    clock,
    state: () => state,
    call,
    enter,
    timer,
    watch: (watcher) => void watchers.push(watcher),
    kill,
    freeze,
    thaw,
    died,
    waiting: () => [...pending].map(([{ what, detail }, sinceMs]) => `${what} ${detail} for ${Math.round(time.now() - sinceMs)} ms`),
  }
}
