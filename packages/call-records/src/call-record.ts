import type { Mode } from '@twinreel/recording/settings'

/** What kinds of calls a platform's record can name; `monitoring` is a supervisor who listens in and is no participant. */
export const RECORD_CALL_TYPES = ['internal', 'pstn', 'emergency', 'fax', 'voicemail-retrieval', 'whisper', 'monitoring'] as const
export type RecordCallType = (typeof RECORD_CALL_TYPES)[number]

/** Half-open, milliseconds UTC. */
export interface TimeSpan {
  fromMs: number
  toMs: number
}

/**
 * One of the platform's call detail records (CDR): one leg of a call, usually that of one user. It holds no phone number: a record is
 * referred to by its line and its call id.
 */
export interface CallRecord {
  /** Of the file, from 1, where the record begins. */
  line: number
  /** Names this record among all: a second one with the same id is the same record. */
  recordId: string | null
  callId: string | null
  /** Of all legs of one session. */
  correlationId: string | null
  /** How the platform names the user whose leg this is: our user id, or the external identifier of the user's account. */
  user: string | null
  /** From the answer to the release; `null` when nobody answered. */
  talk: TimeSpan | null
  /** When it began: the first ring, else the answer. */
  startMs: number
  endMs: number
  /** How coarse the times are: 1 with milliseconds, 1,000 with whole seconds. */
  precisionMs: number
  callType: RecordCallType | null
  /** How the platform says the user was to be recorded. */
  mode: Mode | null
  /** What the platform says became of the recording. */
  result: 'successful' | 'failed' | 'not-kept' | null
}
