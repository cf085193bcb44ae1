import { setTimeout as delay } from 'node:timers/promises'
import type { WireMessage } from '@twinreel/contracts/messages'
import type { Servers } from '@twinreel/twinreel/place'
import { ending, mediaSecond, opening } from '../call-messages.ts'
import { connectProducer, send } from './publish.ts'

/** A call that was ended, and when its end was appended, by the broker's clock. */
export interface Ended {
  callId: string
  appendedAtMs: number
}

export interface Published {
  ended: readonly Ended[]
  /** The longest that a message went out after it was due; more than a second means that the platform was too slow, not the recorder. */
  latestMs: number
}

const CALL_SECONDS = 90
const TICK_MS = 20

/**
 * A platform with `calls` live calls at any time, each of 90 s and followed by the next, their beginnings evenly spread. `fill` publishes what was said so far of the
 * calls that are under way, at once; `run` goes on in real time: of each call one message a second, with both streams.
 */
export async function livePublisher(
  place: Servers,
  { calls }: { calls: number },
): Promise<{ fill(given: unknown): Promise<void>; run(given: unknown): Promise<Published> }> {
  const producer = await connectProducer(place)
  const slots = Array.from({ length: calls }, (_, slot) => ({ slot, generation: 0, said: Math.floor((slot * CALL_SECONDS) / calls) }))
  const callId = ({ slot, generation }: { slot: number; generation: number }) => `live-${slot}-${generation}`

  async function fill(): Promise<void> {
    await send(
      place,
      producer,
      slots.flatMap((slot) => opening(callId(slot))),
    )
    for (let second = 0; second < CALL_SECONDS; second++) {
      const speaking = slots.filter(({ said }) => said > second)
      await send(
        place,
        producer,
        speaking.map((slot) => mediaSecond(callId(slot), second)),
      )
    }
  }

  /** The next second of the call; a new call where the last one ended. */
  function nextSecond(slot: (typeof slots)[number]): WireMessage[] {
    const isNew = slot.said === CALL_SECONDS
    if (isNew) [slot.generation, slot.said] = [slot.generation + 1, 0]
    const media = mediaSecond(callId(slot), slot.said++)
    return isNew ? [...opening(callId(slot)), media] : [media]
  }

  async function end(id: string): Promise<Ended> {
    return { callId: id, appendedAtMs: await send(place, producer, [ending(id, CALL_SECONDS)]) }
  }

  async function run(given: unknown): Promise<Published> {
    const total = (given as { seconds: number }).seconds * calls
    const ended: Ended[] = []
    let latestMs = 0
    let sent = 0
    for (const startedMs = performance.now(); sent < total; await delay(TICK_MS)) {
      const elapsedMs = performance.now() - startedMs
      const due = Math.min(total, Math.floor((elapsedMs * calls) / 1_000))
      latestMs = Math.max(latestMs, elapsedMs - (sent * 1_000) / calls)
      const turn = Array.from({ length: due - sent }, (_, i) => slots[(sent + i) % calls]).filter((slot) => slot !== undefined)
      sent = due
      await send(place, producer, turn.flatMap(nextSecond))
      const over = turn.filter(({ said }) => said === CALL_SECONDS).map(callId)
      ended.push(...(await Promise.all(over.map(end))))
    }
    await producer.disconnect()
    return { ended, latestMs }
  }

  return { fill, run }
}
