/** A message as it stood on a topic, from wherever it was read. */
export interface ObservedMessage {
  topic: 'calls' | 'call-commands'
  key: string | null
  headers: Readonly<Record<string, string>>
  /** `null` for a record without a value, or one that is too large to be read. */
  value: Uint8Array | null
  sizeBytes: number
  partition: number | null
  /** Where it can be found again: `calls[3]@1234`, or `line 12`. */
  position: string
  /** The log's clock, milliseconds UTC. */
  appendedAtMs: number | null
}

/** What messages are read out of, as one object for all of them. A call is judged within its stretch alone. */
export interface Stretch {
  /** It is all there is of its calls: one without an end has none. Else one that spoke in its last two minutes is still live. */
  readonly isWhole: boolean
  /** No call began before it; of several partitions perhaps these alone. */
  readonly fromBeginning: boolean | ReadonlySet<number>
}
