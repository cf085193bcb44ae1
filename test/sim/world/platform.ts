import { LogError, type Consumer } from '@twinreel/event-log/port'
import { readCommands, type ReadCommand } from '@twinreel/publisher/command-reader'
import { faultsSchema, type Faults } from '@twinreel/simulator/faults'
import type { CallPlan } from '@twinreel/simulator/plan'
import { encodeCallEvent } from '@twinreel/contracts/messages'
import { createRealTime } from '@twinreel/simulator/real-time'
import { createSimulatedCall, type SentMessage, type SimulatedCall } from '@twinreel/simulator/simulated-call'
import { readPromptLengths, type Voices } from '@twinreel/simulator/voices'
import type { Given, Random, Sim } from '../engine/types.ts'
import type { MarkedSpeech } from './marked-speech.ts'

const LENGTHS_MS = readPromptLengths()
const AGAIN_MS = 300
/** Longer than any call may be silent, and short of when a silent one is given up. */
const STALE_MS = 40_000
/** A publisher that comes back repeats what it is not sure of: so many messages at most. */
const MOST_REPEATED = 6

const NOBODY: Voices = {
  loop() {
    throw new Error('in the simulation the marked speech speaks')
  },
}

export interface PlatformOptions {
  sim: Sim
  seed: number
  plans: readonly CallPlan[]
  faults: Faults
  speech: MarkedSpeech
  random: Random
  /** How likely it is, at any append, that the publisher restarts. */
  restartChance: number
  onCall(call: SimulatedCall): void
}

/** The platform's process: makes the calls in real time, puts what they say into the log until it takes it, and obeys. */
export async function playCalls(given: Given, options: PlatformOptions): Promise<void> {
  const { sim, seed, plans, faults, speech, onCall } = options
  // The calls' own time is the true one: a telephone exchange that jumps in time is no fault of a recorder.
  const clock = { now: () => Math.floor(sim.time.now()), wait: given.clock.wait }
  const setting = {
    seed,
    startMs: clock.now(),
    faults: faultsSchema.parse(faults),
    voices: NOBODY,
    speaker: speech.speak,
    promptLengthsMs: LENGTHS_MS,
    awaits: false,
  }
  const calls = plans
    .toSorted((a, b) => a.startAfterMs - b.startAfterMs)
    .map((plan) => {
      const call = createSimulatedCall(plan, setting)
      return { ...call, route: lateAnswers(counted(call.route, sim), sim, plan.callId) }
    })
  const ended = (call: SimulatedCall): void => {
    if ([...call.audio.values()].some(({ dropped }) => dropped.length > 0)) sim.faults.count('packets-lost')
    if (call.route.endIsLost) sim.faults.count('end-lost')
    if (call.plan.announcements !== 'play') sim.faults.count('announcement-failed')
    if (call.plan.actions.some((action) => action.do === 'control' && action.delayMs > 0)) sim.faults.count('control-late')
    onCall(call)
  }
  const over = new AbortController()
  const realTime = createRealTime({ calls, append: publisher(given, options), clock, onEnd: ended })
  const listening = listen(given, { seed, callIds: new Set(plans.map(({ callId }) => callId)), take: realTime.take, signal: over.signal })
  await realTime.run()
  over.abort()
  await listening
}

/** The way of a call's messages, with its misfortunes counted. */
function counted(route: SimulatedCall['route'], sim: Sim): SimulatedCall['route'] {
  const sent = new Set<SentMessage>()
  const count = (messages: SentMessage[]): SentMessage[] => {
    for (const message of messages) {
      if (sent.has(message)) sim.faults.count('message-repeated')
      sent.add(message)
    }
    return messages
  }
  return {
    endIsLost: route.endIsLost,
    rest: () => count(route.rest()),
    send(message) {
      const arrived = count(route.send(message))
      if (message.kind === 'media' && !arrived.includes(message)) sim.faults.count('message-held-back')
      return arrived
    },
  }
}

/** Whoever plays prompts says only seconds later that one was heard: audio overtakes that, nothing else does. */
function lateAnswers(route: SimulatedCall['route'], sim: Sim, callId: string): SimulatedCall['route'] {
  const dice = sim.random(`late answers ${callId}`)
  const isUsed = dice.chance(0.2)
  let late: { message: SentMessage; untilMs: number } | null = null

  function release(): SentMessage[] {
    const messages = late === null ? [] : [late.message]
    late = null
    return messages
  }

  return {
    endIsLost: route.endIsLost,
    rest: () => [...release(), ...route.rest()],
    send(message) {
      const before = late === null || (message.kind === 'media' && message.atMs < late.untilMs) ? [] : release()
      if (!isUsed || message.type !== 'prompt.finished' || !dice.chance(0.6)) return [...before, ...route.send(message)]
      sim.faults.count('prompt-answered-late')
      late = { message, untilMs: message.atMs + dice.whole(2_200, 6_000) }
      return before
    },
  }
}

/** A recorder that was frozen wakes up and says that a call has been silent for too long, of a message that others have followed by now. */
function staleTimers(given: Given, sim: Sim): (messages: readonly SentMessage[]) => Promise<void> {
  const dice = sim.random('stale timers')
  const isUsed = dice.chance(0.3)
  const last = new Map<string, SentMessage>()
  let numbers = 0
  return async (messages) => {
    for (const message of messages) {
      const { key, headers } = message.record
      const before = last.get(key)
      last.set(key, message)
      if (!isUsed || before === undefined || !dice.chance(0.03)) continue
      const after = { source: before.record.headers['ce_source'] ?? '', id: before.record.headers['ce_id'] ?? '' }
      if (after.id === headers['ce_id']) continue
      sim.faults.count('timer-stale')
      const options = { id: `${key}/stale/${++numbers}`, source: '/simulation', timeMs: given.clock.now() }
      const stale = encodeCallEvent(key, 'timer.due', { atMs: before.atMs + STALE_MS, after }, options)
      // Whether it came to the log does not matter.
      await given.eventLog.append([{ ...message.record, ...stale }]).catch(() => undefined)
    }
  }
}

function publisher(given: Given, { random, restartChance, sim }: PlatformOptions): (messages: readonly SentMessage[]) => Promise<void> {
  let sent: SentMessage[] = []
  const stale = staleTimers(given, sim)

  async function land(messages: readonly SentMessage[]): Promise<void> {
    for (;;) {
      try {
        await given.eventLog.append(messages.map(({ record }) => record))
        return
      } catch (error) {
        if (!(error instanceof LogError && error.retriable)) throw error
        await given.clock.wait(AGAIN_MS)
      }
    }
  }

  return async (messages) => {
    if (sent.length > 0 && random.chance(restartChance)) {
      sim.faults.count('publisher-restarted')
      await given.clock.wait(random.whole(200, 4_000))
      await land(sent.slice(-random.whole(1, MOST_REPEATED)))
    }
    await land(messages)
    await stale(messages)
    // Audio of a stream's former format must not be said again behind its change: nobody could tell the two apart.
    const changed = messages.findLastIndex(({ type }) => type === 'stream.changed')
    sent = (changed >= 0 ? messages.slice(changed + 1) : [...sent, ...messages]).slice(-MOST_REPEATED)
  }
}

/** Hears the recorder's commands, each at least once, whatever becomes of the consumer. */
async function listen(
  given: Given,
  options: { seed: number; callIds: ReadonlySet<string>; take(commands: readonly ReadCommand[]): void; signal: AbortSignal },
): Promise<void> {
  const { seed, callIds, take, signal } = options
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  for (let life = 0; !signal.aborted; life++) {
    let consumer: Consumer | null = null
    try {
      consumer = await readCommands(given.eventLog, { groupId: `platform-${seed}-${life}`, callIds, take: (commands) => take(commands) })
      await Promise.race([consumer.done, stopped])
    } catch {
      await given.clock.wait(AGAIN_MS)
    }
    await consumer?.stop().catch(() => undefined)
  }
}
