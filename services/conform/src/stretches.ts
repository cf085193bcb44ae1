import type { Stretch } from './observed.ts'

/** What is known of a stretch so far. */
export interface Seen {
  readonly of: Stretch
  readonly number: number
  /** Where reading began, by partition; `null` when it is the topic's own beginning. */
  readonly begins: Map<number, number | null>
  hasCommands: boolean
  newestMs: number
  /** Calls were forgotten, to remember others: any; and such as were still going on. */
  hasForgotten: boolean
  hasForgottenLive: boolean
  /** There were commands that are not held against any call. */
  hasForgottenCommands: boolean
}

/** What is known of each stretch; forgotten with its last call: a file may have any number of captured calls. */
export function createStretches(): (of: Stretch) => Seen {
  const stretches = new WeakMap<Stretch, Seen>()
  let count = 0
  return (of) => {
    const known = stretches.get(of)
    if (known !== undefined) return known
    const seen: Seen = {
      of,
      number: count++,
      begins: new Map(),
      hasCommands: false,
      newestMs: 0,
      hasForgotten: false,
      hasForgottenLive: false,
      hasForgottenCommands: false,
    }
    stretches.set(of, seen)
    return seen
  }
}
