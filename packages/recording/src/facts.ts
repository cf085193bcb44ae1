/** Half-open interval of call time, milliseconds since the answer. */
export type CallSpan = readonly [fromMs: number, toMs: number]

/** Audio that should be there and is not. */
export interface Loss {
  channel: 'near' | 'far'
  streamId: string
  fromMs: number
  toMs: number
}

/** Something that happened to a recording and is told in its manifest, at its call time; numbered within the call. */
export interface Mark {
  number: number
  atMs: number
  what:
    | { kind: 'started' }
    | { kind: 'paused' }
    | { kind: 'resumed' }
    | { kind: 'kept' }
    | { kind: 'ended'; reason: string }
    | { kind: 'prompt'; prompt: string; outcome: 'played' | 'expired' | 'failed' | 'unanswered' | 'unsupported'; fromMs: number; toMs: number }
    | { kind: 'held'; participantId: string }
    | { kind: 'retrieved'; participantId: string }
    | { kind: 'joined'; participantId: string; userId: string | null }
    | { kind: 'left'; participantId: string }
    | { kind: 'control-late'; control: string; askedMs: number }
    | { kind: 'gate-unanswered' }
    | { kind: 'log-lost'; fromMs: number; toMs: number }
    | { kind: 'late-audio'; streamId: string; fromMs: number; toMs: number }
}
