import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '@twinreel/service/clock'
import type { Draws } from '@twinreel/simulator/random'
import { holdingsOf, takeoverOf, type Takeover } from '../support/recorders/ownership.ts'
import type { RecorderProcess } from '../support/recorders/recorder-process.ts'
import type { Fleet } from './fleet.ts'
import type { Moments } from './moments.ts'
import { shuffled } from './shuffled.ts'
import type { Strike } from './size.ts'

const TAKEN_OVER_WITHIN_MS = 60_000

/** A recorder that was killed or frozen, and when everything it had recorded was recorded again by others. */
export interface Struck {
  strike: Strike
  signal: 'SIGKILL' | 'SIGSTOP'
  recorder: string
  atMs: number
  resumedMs: number
}

export interface Outcome {
  struck: Struck[]
  /** Where the time went. */
  takeover: Takeover
}

export interface Field {
  fleet: Fleet
  moments: Moments
  draws: Draws
}

/** Does to recorders chosen at random what the strike says; resolves when those that are there have taken over everything, and share it. */
export async function strike(kind: Strike, field: Field): Promise<Outcome> {
  const { fleet, draws } = field
  const [victim, other] = shuffled(fleet.awake(), draws)
  if (victim === undefined || other === undefined) throw new Error('there are too few recorders')
  const hits: { recorder: RecorderProcess; atMs: number; signal: Struck['signal'] }[] = []
  const kill = async (recorder: RecorderProcess): Promise<boolean> => {
    const atMs = await fleet.kill(recorder)
    if (atMs !== null) hits.push({ recorder, signal: 'SIGKILL', atMs })
    return atMs !== null
  }
  const freeze = (recorder: RecorderProcess): void => void hits.push({ recorder, signal: 'SIGSTOP', atMs: fleet.freeze(recorder) })
  const melt = await hit({ ...field, kind, victim, other, kill, freeze })
  const resumedMs = await fleet.recordsEverything()
  const takeover = takeoverOf(holdingsOf(fleet.ever), hits[0]?.atMs ?? resumedMs)
  await melt()
  await fleet.isShared()
  return { struck: hits.map(({ recorder, atMs, signal }) => ({ strike: kind, signal, recorder: recorder.name, atMs, resumedMs })), takeover }
}

interface Hit extends Field {
  kind: Strike
  victim: RecorderProcess
  other: RecorderProcess
  /** Whether it died of that. */
  kill(recorder: RecorderProcess): Promise<boolean>
  freeze(recorder: RecorderProcess): void
}

/** Answers what is to be done when the others have taken over. */
async function hit({ kind, victim, other, kill, freeze, fleet, moments, draws }: Hit): Promise<() => Promise<void>> {
  const nothing = async (): Promise<void> => undefined
  const thaw = async (...frozen: RecorderProcess[]): Promise<void> => {
    await delay(draws.whole(0, 1_000))
    for (const recorder of shuffled(frozen, draws)) fleet.thaw(recorder)
  }
  switch (kind) {
    case 'any':
      await kill(victim)
      return nothing
    case 'put':
      await moments.atPut(victim)
      await kill(victim)
      return nothing
    case 'commit':
      await moments.afterCommit(victim)
      await kill(victim)
      return nothing
    case 'drain':
      // Who has drained before the signal comes was not killed: the next one is tried.
      for (let draining: RecorderProcess | undefined = victim; draining !== undefined; draining = shuffled(fleet.awake(), draws)[0]) {
        fleet.drainOne(draining)
        await delay(draws.whole(0, 60))
        if (await kill(draining)) break
      }
      return nothing
    case 'catching-up': {
      const sinceMs = systemClock.now()
      await kill(victim)
      await kill(await whoTakesOver(fleet, sinceMs))
      return nothing
    }
    case 'neighbour':
      await kill(victim)
      await kill(other)
      return nothing
    case 'newcomer': {
      await kill(victim)
      await delay(draws.whole(500, 4_000))
      const newcomer = fleet.ever.at(-1)
      if (newcomer !== undefined) await kill(newcomer)
      return nothing
    }
    case 'freeze':
      freeze(victim)
      return () => thaw(victim)
    case 'freeze-put': {
      const held = victim.holdNextPut()
      await held.arrived
      freeze(victim)
      return async () => {
        // It reaches the store only now, when others have written the same.
        held.letGo()
        await thaw(victim)
      }
    }
    case 'freeze-transaction':
      await moments.inTransaction(
        victim,
        () => victim.signal('SIGSTOP'),
        () => victim.signal('SIGCONT'),
      )
      freeze(victim)
      return () => thaw(victim)
    case 'freeze-two':
      freeze(victim)
      await delay(draws.whole(0, 500))
      freeze(other)
      return () => thaw(victim, other)
  }
}

/** The recorder that was just given a partition, and has not folded it to its end. */
async function whoTakesOver(fleet: Fleet, sinceMs: number): Promise<RecorderProcess> {
  while (systemClock.now() - sinceMs < TAKEN_OVER_WITHIN_MS) {
    const recorder = fleet.awake().find(({ lines }) => lines.some(({ text, atMs, lag = 0 }) => text === 'partition assigned' && atMs >= sinceMs && lag > 0))
    if (recorder !== undefined) return recorder
    await delay(1)
  }
  throw new Error('nobody takes over')
}
