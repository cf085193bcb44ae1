import { z } from 'zod'
import { MODES } from '@twinreel/recording/settings'
import type { RecordingRow, SegmentRow, Tables } from '../tables.ts'

const text = z.string()
const integer = z.int()
const history = { sequence: integer, from_ms: integer, actor: text, reason: text }
const licence = z.enum(['professional', 'basic']).nullable()

const segment = z.strictObject({ segment_index: integer, key: text, sha256: text, size_bytes: integer, from_ms: integer, to_ms: integer })

/** What stands in an entry of each kind: the row as it was written. A kind that is not here is of another version. */
export const ENTRY = {
  orgs: z.strictObject({
    org_id: text,
    name: text,
    partner_id: text,
    enabled: integer,
    id_namespace: text,
    rules: text,
    time_zone: text,
    created_at_ms: integer,
  }),
  org_history: z.strictObject({ org_id: text, enabled: integer, rules: text, ...history }),
  users: z.strictObject({ user_id: text, org_id: text, licence, display_name: text.nullable(), created_at_ms: integer }),
  user_history: z.strictObject({ user_id: text, licence, ...history }),
  accounts: z.strictObject({
    account_id: text,
    user_id: text,
    org_id: text,
    product: text,
    external_type: text,
    service_provider: text,
    external_group: text,
    external_identifier: text,
    tier: text,
    tier_since_ms: integer,
    tier_change: text.nullable(),
    recording_on: integer,
    created_at_ms: integer,
  }),
  settings_history: z.strictObject({ user_id: text, settings: text.nullable(), ...history }),
  tier_history: z.strictObject({ user_id: text, tier: text, change_id: text.nullable(), ...history }),
  tier_changes: z.strictObject({
    change_id: text,
    org_id: text,
    tier: text,
    user_count: integer,
    recording_count: integer,
    actor: text,
    reason: text,
    made_at_ms: integer,
  }),
  legal_holds: z.strictObject({
    hold_id: text,
    org_id: text,
    subject: z.enum(['recording', 'user']),
    subject_id: text,
    matter: text.nullable(),
    reason: text,
    actor: text,
    placed_at_ms: integer,
    released_at_ms: integer.nullable(),
    released_by: text.nullable(),
    release_reason: text.nullable(),
  }),
  deletions: z.strictObject({
    deletion_id: text,
    org_id: text,
    subject: z.enum(['recording', 'user']),
    subject_id: text,
    kind: z.enum(['user-deletion', 'admin-deletion', 'erasure']),
    requested_at_ms: integer,
    due_at_ms: integer,
    actor: text,
    reason: text,
    restored_at_ms: integer.nullable(),
    restored_by: text.nullable(),
    restore_reason: text.nullable(),
  }),
  retention_halts: z.strictObject({
    halt_id: text,
    org_id: text,
    halted_at_ms: integer,
    due_count: integer,
    total_count: integer,
    confirmed_count: integer.nullable(),
    confirmed_at_ms: integer.nullable(),
    confirmed_by: text.nullable(),
    confirm_reason: text.nullable(),
    lifted_at_ms: integer.nullable(),
  }),
  policies: z.strictObject({ call_id: text, participant_id: text, owner_id: text.nullable(), policy: text.nullable(), as_of_ms: integer }),
  calls: z.strictObject({
    call_id: text,
    org_id: text,
    call_type: text.nullable(),
    direction: text.nullable(),
    correlation_id: text.nullable(),
    time_zero_ms: integer.nullable(),
    ended_log_ms: integer.nullable(),
    log_identity: text,
    log_partition: integer,
    opened_offset: integer,
    over_offset: integer.nullable(),
  }),
  ledger: z.strictObject({
    call_id: text,
    owner_id: text,
    org_id: text,
    outcome: z.enum(['recorded', 'excluded', 'failed']),
    reason: text.nullable(),
    behavior: text.nullable(),
    late_ms: integer,
  }),
  recordings: z.strictObject({
    recording_id: text,
    call_id: text,
    org_id: text,
    owner_id: text,
    ordinal: integer,
    mode: z.enum(MODES),
    settings: text,
    status: z.enum(['recording', 'paused', 'completed', 'not-kept', 'empty', 'failed', 'purged']),
    provisional: integer,
    started_at_ms: integer,
    ended_at_ms: integer.nullable(),
    ended_log_ms: integer.nullable(),
    captured_ms: integer,
    paused_ms: integer,
    held_ms: integer,
    lost_ms: integer,
    segment_count: integer,
    tones: integer,
    prompts: integer,
    size_bytes: integer,
    manifest_key: text.nullable(),
    manifest_sha256: text.nullable(),
    manifest_size_bytes: integer.nullable(),
    end_reason: text.nullable(),
    deletion_id: text.nullable(),
    deletion_due_ms: integer.nullable(),
    due_at_ms: integer.nullable(),
    claimed_at_ms: integer.nullable(),
    claim_reason: text.nullable(),
    claim_cause: text.nullable(),
    purge_failures: integer.nullable(),
    retry_at_ms: integer.nullable(),
    purged_at_ms: integer.nullable(),
    next_look_ms: integer.nullable(),
    looks: integer,
    last_mark: integer,
    from_manifest: integer,
    segments: z.array(segment),
  }),
  dead_letters: z.strictObject({ topic: text, partition: integer, log_offset: integer, log_identity: text.nullable() }),
  /** Deletion begins: from here on nothing of the recording may come back. */
  claims: z.strictObject({
    recording_id: text,
    due_at_ms: integer.nullable(),
    claimed_at_ms: integer,
    claim_reason: text.nullable(),
    claim_cause: text.nullable(),
  }),
  /** Somebody asked for its deletion, or took that back. */
  deletion_marks: z.strictObject({ recording_id: text, deletion_id: text.nullable(), deletion_due_ms: integer.nullable() }),
  /** Nothing of it was left in the store. */
  purges: z.strictObject({ recording_id: text, purged_at_ms: integer }),
  certificates: z.strictObject({
    sequence: integer,
    recording_id: text,
    org_id: text,
    made_at_ms: integer,
    document: text,
    sha256: text,
    key_id: text.nullable(),
    signature: text.nullable(),
  }),
} as const satisfies {
  [T in Exclude<keyof Tables, Unjournaled | 'recordings' | 'dead_letters'>]: z.ZodType<Tables[T]>
} & {
  recordings: z.ZodType<RecordingRow & { segments: Omit<SegmentRow, 'recording_id' | 'detail'>[] }>
  dead_letters: z.ZodType<Tables['dead_letters']>
} & Record<string, z.ZodType>

/** Keys that are destroyed must not come back. The log restores sessions, the manifests what segments tell; the others are of one process or of the journal itself. */
type Unjournaled =
  | 'media_keys'
  | 'segments'
  | 'sessions'
  | 'partitions'
  | 'outbox'
  | 'retention_clock'
  | 'retention_lease'
  | 'retention_orgs'
  | 'journal_entries'
  | 'journal_objects'
  | 'rebuilds'

export type JournalKind = keyof typeof ENTRY
export const KINDS = Object.keys(ENTRY) as [JournalKind, ...JournalKind[]]
export const TOMBSTONES: readonly JournalKind[] = ['claims', 'purges', 'certificates']
