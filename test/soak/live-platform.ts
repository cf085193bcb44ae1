import { setTimeout as delay } from 'node:timers/promises'
import { createAppender } from '@twinreel/simulator/appender'
import { systemClock } from '@twinreel/simulator/clock'
import { drive } from '@twinreel/simulator/drive'
import { faultsSchema } from '@twinreel/simulator/faults'
import type { CallPlan } from '@twinreel/simulator/plan'
import { hangUp } from '@twinreel/simulator/platform-state'
import { createSimulatedCall, type Setting, type SimulatedCall } from '@twinreel/simulator/simulated-call'
import { openVoices, readPromptLengths } from '@twinreel/simulator/voices'
import type { Engines } from '@twinreel/twinreel/engines'

/** Calls that come and go in real time until it is told to stop. */
export interface LivePlatform {
  /** Calls that were answered and are not over. */
  talking(): number
  /** Rejects when it can't go on. */
  failed: Promise<never>
  /** No call begins any more, those under way hang up; resolves when the last is over. */
  stop(): Promise<void>
}

/** Messages that come twice and media that comes late are among what a platform does. */
const FAULTS = { duplicate: 0.01, reorder: 0.01 }
/** A call that hangs up earlier says little. */
const SHORTEST_MS = 3_000

export function startLivePlatform(
  { eventLog }: Engines,
  options: { seed: number; plans: Iterable<CallPlan>; onOver(call: SimulatedCall): void },
): LivePlatform {
  const { seed, plans, onOver } = options
  const calls = new Map<string, SimulatedCall>()
  const callIds = new Set<string>()
  const setting: Setting = {
    seed,
    startMs: systemClock.now(),
    faults: faultsSchema.parse(FAULTS),
    voices: openVoices(),
    speaker: null,
    promptLengthsMs: readPromptLengths(),
    awaits: false,
  }
  let isStopping = false

  function* begun(): Generator<SimulatedCall> {
    for (const plan of plans) {
      if (isStopping) return
      const call = createSimulatedCall(plan, setting)
      calls.set(plan.callId, call)
      callIds.add(plan.callId)
      yield call
    }
  }

  const driving = drive({
    log: eventLog,
    speed: 'real',
    seed,
    callIds,
    calls: begun(),
    append: createAppender(eventLog, systemClock).append,
    clock: systemClock,
    patienceMs: 60_000,
    idleEndMs: () => 120_000,
    onEnd(call) {
      calls.delete(call.plan.callId)
      callIds.delete(call.plan.callId)
      onOver(call)
    },
  })
  const failed = driving.then(() => new Promise<never>(() => undefined))
  failed.catch(() => undefined)
  return {
    talking: () => [...calls.values()].filter(({ platform }) => platform.phase === 'talking').length,
    failed,
    async stop() {
      isStopping = true
      while (calls.size > 0) {
        for (const { platform } of calls.values()) if (platform.phase === 'talking' && platform.clockMs >= SHORTEST_MS) hangUp(platform, 'normal')
        await Promise.race([delay(200), failed])
      }
      await driving
    },
  }
}
