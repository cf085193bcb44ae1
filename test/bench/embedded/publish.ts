import type { WireMessage } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { Engines } from '@twinreel/twinreel/engines'
import { ending, mediaSecond, opening } from '../call-messages.ts'

/** Dual-stream calls in phase, a second of both streams a message, as a platform publishes them: all calls' first second, then all calls' second, … */
export async function publish(engines: Engines, options: { calls: number; fromSecond: number; toSecond: number; end: boolean; name: string }): Promise<void> {
  const { calls, fromSecond, toSecond, end, name } = options
  const ids = Array.from({ length: calls }, (_, i) => `${name}-${i}`)
  if (fromSecond === 0) await append(engines, ids.flatMap(opening))
  for (let second = fromSecond; second < toSecond; second++) {
    await append(
      engines,
      ids.map((callId) => mediaSecond(callId, second)),
    )
  }
  if (end)
    await append(
      engines,
      ids.map((callId) => ending(callId, toSecond)),
    )
}

async function append(engines: Engines, messages: readonly WireMessage[]): Promise<void> {
  await engines.eventLog.append(messages.map((message) => ({ topic: TOPICS.calls, ...message })))
}
