/** The four topics (design: the wire). Every topic is keyed as its table row says. */
export const TOPICS = {
  /** key callId: everything that happens to a call, and its audio. */
  calls: 'calls',
  /** key callId: what the recorder asks of the platform. */
  callCommands: 'call-commands',
  /** key recordingId (callId where there is no recording): lifecycle of recordings. */
  recordings: 'recordings',
  /** key of the message it is about: what could not be taken, and why; never audio. */
  deadLetters: 'dead-letters',
} as const

export type Topic = (typeof TOPICS)[keyof typeof TOPICS]
