import type { Generated } from 'kysely'
import type { Mode } from '@twinreel/recording/settings'

/**
 * The catalog's rows. Ids and enumerations are text, times are integer milliseconds UTC (`…_ms`), switches are 0 or 1, JSON is
 * text that is parsed where it is read. No column holds a phone number.
 */
export interface Tables {
  orgs: OrgRow
  org_history: { org_id: string; sequence: number; from_ms: number; enabled: number; rules: string; actor: string; reason: string }
  users: UserRow
  user_history: { user_id: string; sequence: number; from_ms: number; licence: Licence | null; actor: string; reason: string }
  accounts: AccountRow
  /** `settings` is null from when recording was switched off. */
  settings_history: { user_id: string; sequence: number; from_ms: number; settings: string | null; actor: string; reason: string }
  tier_history: { user_id: string; sequence: number; from_ms: number; tier: string; actor: string; reason: string }
  legal_holds: LegalHoldRow
  calls: CallRow
  /** First writer wins; a null policy says for good that nobody we know stands behind the participant. */
  policies: { call_id: string; participant_id: string; owner_id: string | null; policy: string | null; as_of_ms: number }
  partitions: { topic: string; partition: number; log_identity: string; epoch: number; safe_offset: number | null; performed_offset: number }
  sessions: SessionRow
  /** Until everything of the call is durable. */
  media_keys: { call_id: string; key_id: string; wrapped_key: string; wrapped_by: string; created_at_ms: number }
  recordings: RecordingRow
  segments: SegmentRow
  ledger: LedgerRow
  dead_letters: { topic: string; partition: number; log_offset: number }
  outbox: { outbox_id: Generated<number>; topic: string; key: string; headers: string; value: string }
  retention_clock: { clock: string; watermark_ms: number }
  /** Changes that are in no object of the journal yet, in their order. `entry` is the row as it was written, JSON. */
  journal_entries: { entry_id: Generated<number>; kind: string; entry: string }
  /** The journal's last objects: the head of its chain, and one whose bytes are fixed but perhaps not in the store (`body`). */
  journal_objects: { sequence: number; sha256: string; key_id: string | null; body: string | null; made_at_ms: number }
  /** One row while the catalog is being restored from the bucket: nothing in it counts before that is done. */
  rebuilds: { rebuild: string; began_at_ms: number }
}

export type Licence = 'professional' | 'basic'

export interface OrgRow {
  org_id: string
  name: string
  partner_id: string
  enabled: number
  id_namespace: string
  rules: string
  created_at_ms: number
}

export interface UserRow {
  user_id: string
  org_id: string
  licence: Licence | null
  display_name: string | null
  created_at_ms: number
}

export interface AccountRow {
  account_id: string
  user_id: string
  org_id: string
  product: string
  external_type: string
  service_provider: string
  external_group: string
  external_identifier: string
  tier: string
  tier_since_ms: number
  recording_on: number
  created_at_ms: number
}

export interface LegalHoldRow {
  hold_id: string
  org_id: string
  subject: 'recording' | 'user'
  subject_id: string
  reason: string
  actor: string
  placed_at_ms: number
  released_at_ms: number | null
  released_by: string | null
  release_reason: string | null
}

export interface CallRow {
  call_id: string
  org_id: string
  call_type: string | null
  direction: string | null
  correlation_id: string | null
  time_zero_ms: number | null
  ended_log_ms: number | null
  /** The log it is told in. */
  log_identity: string
  log_partition: number
  /** Position of its first message: a log that begins behind it has lost a call that has no checkpoint. */
  opened_offset: number
  /** Position of the message that closed it for good: up to there a fold changes nothing. `null` while it may go on. */
  over_offset: number | null
}

export interface SessionRow {
  topic: string
  partition: number
  call_id: string
  log_offset: number
  fold_version: number
  state: string
  ended_offset: number | null
}

export type RecordingStatus = 'recording' | 'paused' | 'completed' | 'not-kept' | 'empty' | 'failed' | 'purged'

export interface RecordingRow {
  recording_id: string
  call_id: string
  org_id: string
  owner_id: string
  ordinal: number
  mode: Mode
  settings: string
  status: RecordingStatus
  provisional: number
  started_at_ms: number
  ended_at_ms: number | null
  ended_log_ms: number | null
  captured_ms: number
  paused_ms: number
  held_ms: number
  lost_ms: number
  segment_count: number
  tones: number
  prompts: number
  size_bytes: number
  manifest_key: string | null
  manifest_sha256: string | null
  end_reason: string | null
  claimed_at_ms: number | null
  claim_reason: string | null
  purged_at_ms: number | null
  /** When the store is looked at again for what came after the purge; null: never, or never any more. */
  next_look_ms: number | null
  /** How often it was since. */
  looks: number
  last_mark: number
  /** 1: all that is known of it is its manifest, found when the catalog was rebuilt. A fold of its call, if the log still has it, completes the row. */
  from_manifest: number
}

export interface SegmentRow {
  recording_id: string
  segment_index: number
  key: string
  sha256: string
  size_bytes: number
  from_ms: number
  to_ms: number
  detail: string
}

export interface LedgerRow {
  call_id: string
  owner_id: string
  org_id: string
  outcome: 'recorded' | 'excluded' | 'failed'
  reason: string | null
  behavior: string | null
  late_ms: number
}
