/** What a partition's recorder says of itself. */
export interface PartitionStats {
  liveCalls: number
  /** Messages behind the log's end when last looked. */
  lag: number
  deadLetters: number
  duplicateEvents: number
  duplicateAudioMs: number
  lateAudioMs: number
  safeOffset: number
  /** Folded to what was the end when it was assigned. */
  isCaughtUp: boolean
  /** First position not folded yet. */
  nextOffset: number
  /** Append time of the message before it, milliseconds UTC; `null` when none was folded since the assignment. */
  readToMs: number | null
  /** Memory that holds audio of no durable segment. */
  unsealedBytes: number
}
