import { z } from 'zod'
import { fractionAt, keyOf, type Key } from './random.ts'

const probability = z.number({ error: 'must be a number from 0 to 1' }).min(0, { error: 'must be from 0 to 1' }).max(1, { error: 'must be from 0 to 1' })

/** How likely each misfortune is: `loss` of a 20 ms packet, `duplicate` of a message, `reorder` of a media message, `lostEnd` of a call's end. */
export const faultsSchema = z.strictObject({
  loss: probability.default(0),
  duplicate: probability.default(0),
  reorder: probability.default(0),
  lostEnd: probability.default(0),
})
export type Faults = z.output<typeof faultsSchema>

/** A message on its way to the log. */
export interface Message {
  readonly id: string
  readonly kind: 'media' | 'event'
  readonly type: string
  readonly atMs: number
}

/** The way from one call to the log, on which messages are held back, repeated or, the last one, lost. Its faults hang on the seed alone. */
export interface Route<M extends Message> {
  /** What reaches the log now that `message` was sent. */
  send(message: M): M[]
  /** What is still on the way, when nothing more will be sent. */
  rest(): M[]
  readonly endIsLost: boolean
}

/** Counted from the end of a message's second of audio: its first sample is then two seconds late, and past that a recorder has rightly given up waiting. */
const MAX_DELAY_MS = 1_000
const MAX_MESSAGES_BEFORE_REPEAT = 3

export function routeOf<M extends Message>(faults: Faults, names: { seed: number; callId: string }, endVanishes = false): Route<M> {
  const keyFor = (purpose: string): Key => keyOf(purpose, names.seed, names.callId)
  const [reorder, duplicate, distance] = [keyFor('reorder'), keyFor('duplicate'), keyFor('distance')]
  const endIsLost = endVanishes || fractionAt(keyFor('lost-end'), 0) < faults.lostEnd
  const repeats: { message: M; after: number }[] = []
  let held: M | null = null
  let sent = 0

  function release(): M[] {
    const message = held
    held = null
    return message === null ? [] : [message]
  }

  /** `message` reaches the log, with the repeats whose turn has come behind it. */
  function arrive(message: M, number: number): M[] {
    for (const repeat of repeats) repeat.after--
    const due = repeats.filter(({ after }) => after <= 0).map((repeat) => repeat.message)
    repeats.splice(0, repeats.length, ...repeats.filter(({ after }) => after > 0))
    if (fractionAt(duplicate, number) < faults.duplicate)
      repeats.push({ message, after: 1 + Math.floor(fractionAt(distance, -1 - number) * MAX_MESSAGES_BEFORE_REPEAT) })
    return [message, ...due]
  }

  function send(message: M): M[] {
    const number = sent++
    if (message.type === 'call.ended' && endIsLost) return []
    if (message.type === 'stream.changed') {
      // Audio of the old format behind this event could not be told from audio of the new one.
      const media = [...release(), ...repeats.filter((repeat) => repeat.message.kind === 'media').map((repeat) => repeat.message)]
      repeats.splice(0, repeats.length, ...repeats.filter((repeat) => repeat.message.kind !== 'media'))
      return [...media, ...arrive(message, number)]
    }
    const late = held !== null && message.atMs - held.atMs > MAX_DELAY_MS ? release() : []
    if (message.kind === 'event') return [...late, ...arrive(message, number)]
    if (held === null && fractionAt(reorder, number) < faults.reorder) {
      held = message
      return late
    }
    return [...late, ...arrive(message, number), ...release()]
  }

  return { send, endIsLost, rest: () => [...release(), ...repeats.splice(0).map((repeat) => repeat.message)] }
}
