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
  /** `change_id`: the change of many users that this is a part of. */
  tier_history: { user_id: string; sequence: number; from_ms: number; tier: string; change_id: string | null; actor: string; reason: string }
  /** Changes of many users at once, confirmed after a dry run: deletions that they explain are no surprise. */
  tier_changes: TierChangeRow
  legal_holds: LegalHoldRow
  deletions: DeletionRow
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
  /** Which worker runs retention, and until when nobody else does. */
  retention_lease: { lease: string; holder: string; since_ms: number; until_ms: number }
  /** Until when all of an organization that was due is known to have been claimed. */
  retention_orgs: { org_id: string; caught_up_ms: number }
  retention_halts: RetentionHaltRow
  certificates: CertificateRow
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
  /** IANA name; for reports alone. */
  time_zone: string
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
  /** The change of many users that brought this tier; null when it was changed alone. */
  tier_change: string | null
  recording_on: number
  created_at_ms: number
}

export interface LegalHoldRow {
  hold_id: string
  org_id: string
  subject: 'recording' | 'user'
  subject_id: string
  /** The case it belongs to: released together. */
  matter: string | null
  reason: string
  actor: string
  placed_at_ms: number
  released_at_ms: number | null
  released_by: string | null
  release_reason: string | null
}

export interface TierChangeRow {
  change_id: string
  org_id: string
  tier: string
  user_count: number
  /** Recordings that it makes due, as its dry run said. */
  recording_count: number
  actor: string
  reason: string
  made_at_ms: number
}

export type DeletionKind = 'user-deletion' | 'admin-deletion' | 'erasure'

/** Somebody asked for a deletion. The recordings it reaches say so themselves (`deletion_id`), until it is restored or they are gone. */
export interface DeletionRow {
  deletion_id: string
  org_id: string
  subject: 'recording' | 'user'
  subject_id: string
  kind: DeletionKind
  requested_at_ms: number
  due_at_ms: number
  actor: string
  reason: string
  restored_at_ms: number | null
  restored_by: string | null
  restore_reason: string | null
}

/** Retention stopped for an organization because unusually much of it would go; in force until it is lifted. */
export interface RetentionHaltRow {
  halt_id: string
  org_id: string
  halted_at_ms: number
  /** What would go, and of how many. */
  due_count: number
  total_count: number
  /** How many may go all the same. */
  confirmed_count: number | null
  confirmed_at_ms: number | null
  confirmed_by: string | null
  confirm_reason: string | null
  lifted_at_ms: number | null
}

/** `document` is the JSON text whose SHA-256 is `sha256` and that is signed; it names the certificate before it. */
export interface CertificateRow {
  sequence: number
  recording_id: string
  org_id: string
  made_at_ms: number
  document: string
  sha256: string
  key_id: string | null
  signature: string | null
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
  manifest_size_bytes: number | null
  end_reason: string | null
  /** Who asked for its deletion, if anybody did, and when it goes. */
  deletion_id: string | null
  deletion_due_ms: number | null
  /** When it was due, by what it was claimed for. */
  due_at_ms: number | null
  claimed_at_ms: number | null
  claim_reason: string | null
  /**
   * What it was counted under when it was claimed: a confirmed change of tiers (`change_id`), a confirmed halt (`halt_id`), or, where nothing
   * explains it, `moved` or `late`. Null: it expired in the course of things, or somebody asked for it.
   */
  claim_cause: string | null
  /** How often the store refused to delete an object of it, and when that is tried again. */
  purge_failures: number | null
  retry_at_ms: number | null
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
