import type { Tables } from '../tables.ts'

/** The services' roles; a fourth, the migrator, owns the tables. */
export type ServiceRole = 'recorder' | 'retention' | 'api' | 'reader'

type Table = keyof Tables
/** `true` for the whole table, else the columns. */
type Columns<T extends Table> = true | readonly (keyof Tables[T] & string)[]

interface Privileges<T extends Table> {
  select?: Columns<T>
  insert?: true
  update?: Columns<T>
  delete?: true
}

type Access = { readonly [T in Table]?: Privileges<T> }

/** All of an organization but the secret in which its recording ids are derived. */
const ORG_WITHOUT_SECRET = ['org_id', 'name', 'partner_id', 'enabled', 'rules', 'time_zone', 'created_at_ms'] as const

/** What tenants may look at: neither checkpoints nor policies, which hold that secret too. */
const LOOK: Access = {
  orgs: { select: ORG_WITHOUT_SECRET },
  org_history: { select: true },
  users: { select: true },
  user_history: { select: true },
  accounts: { select: true },
  settings_history: { select: true },
  tier_history: { select: true },
  tier_changes: { select: true },
  legal_holds: { select: true },
  deletions: { select: true },
  retention_orgs: { select: true },
  retention_halts: { select: true },
  certificates: { select: true },
  calls: { select: true },
  recordings: { select: true },
  segments: { select: true },
  ledger: { select: true },
  rebuilds: { select: true },
}

/** Who writes journal objects. Entries come by triggers, whatever a role may do. */
const WRITE_JOURNAL: Access = {
  journal_entries: { select: true, delete: true },
  journal_objects: { select: true, insert: true, update: ['body'], delete: true },
  rebuilds: { select: true },
}

/** Per role and table the verbs that its service uses, and no other. A row lock (`for update`) needs one column that may be updated. */
export const PRIVILEGES: Readonly<Record<ServiceRole, Access>> = {
  recorder: {
    ...WRITE_JOURNAL,
    orgs: { select: ['org_id', 'id_namespace', 'rules'] },
    org_history: { select: ['org_id', 'sequence', 'from_ms', 'enabled', 'rules'] },
    users: { select: ['user_id', 'org_id'] },
    accounts: { select: ['user_id', 'org_id', 'service_provider', 'external_group', 'external_identifier'] },
    settings_history: { select: ['user_id', 'sequence', 'from_ms', 'settings'] },
    calls: { select: true, insert: true, update: ['time_zero_ms', 'ended_log_ms', 'over_offset'] },
    policies: { select: true, insert: true },
    partitions: { select: true, insert: true, update: true },
    sessions: { select: true, insert: true, update: true, delete: true },
    recordings: {
      select: true,
      insert: true,
      update: [
        'status',
        'provisional',
        'last_mark',
        'end_reason',
        'ended_at_ms',
        'ended_log_ms',
        'captured_ms',
        'paused_ms',
        'held_ms',
        'lost_ms',
        'segment_count',
        'tones',
        'prompts',
        'size_bytes',
        'manifest_key',
        'manifest_sha256',
        'manifest_size_bytes',
        'from_manifest',
      ],
    },
    segments: { select: true, insert: true },
    ledger: { select: true, insert: true, update: ['outcome', 'reason', 'behavior', 'late_ms'] },
    media_keys: { select: true, insert: true, delete: true },
    dead_letters: { select: true, insert: true, delete: true },
    outbox: { select: true, insert: true, delete: true },
  },
  retention: {
    ...WRITE_JOURNAL,
    orgs: { select: ['org_id', 'enabled', 'time_zone', 'created_at_ms'] },
    accounts: { select: ['user_id', 'org_id', 'tier', 'tier_since_ms', 'tier_change'] },
    tier_history: { select: true },
    tier_changes: { select: true },
    deletions: { select: true },
    legal_holds: { select: ['hold_id', 'org_id', 'subject', 'subject_id', 'matter', 'placed_at_ms', 'released_at_ms'] },
    recordings: {
      select: true,
      update: [
        'status',
        'deletion_id',
        'deletion_due_ms',
        'due_at_ms',
        'claimed_at_ms',
        'claim_reason',
        'claim_cause',
        'purge_failures',
        'retry_at_ms',
        'purged_at_ms',
        'next_look_ms',
        'looks',
      ],
    },
    segments: { select: true, update: ['detail'] },
    calls: { select: ['call_id', 'ended_log_ms'] },
    media_keys: { select: ['call_id', 'created_at_ms'], delete: true },
    sessions: { select: ['topic', 'call_id', 'ended_offset'] },
    outbox: { insert: true },
    retention_clock: { select: true, insert: true, update: true },
    retention_lease: { select: true, insert: true, update: true, delete: true },
    retention_orgs: { select: true, insert: true, update: true },
    // To confirm one is not its own.
    retention_halts: { select: true, insert: true, update: ['due_count', 'total_count', 'lifted_at_ms'] },
    certificates: { select: true, insert: true },
  },
  api: {
    ...LOOK,
    orgs: { select: true, insert: true, update: ['name', 'partner_id', 'enabled', 'rules', 'time_zone'] },
    org_history: { select: true, insert: true },
    users: { select: true, insert: true, update: ['licence', 'display_name'] },
    user_history: { select: true, insert: true },
    accounts: {
      select: true,
      insert: true,
      update: ['recording_on', 'tier', 'tier_since_ms', 'tier_change', 'service_provider', 'external_group', 'external_identifier'],
    },
    settings_history: { select: true, insert: true },
    tier_history: { select: true, insert: true },
    retention_clock: { select: true },
    tier_changes: { select: true, insert: true },
    legal_holds: { select: true, insert: true, update: ['released_at_ms', 'released_by', 'release_reason'] },
    deletions: { select: true, insert: true, update: ['restored_at_ms', 'restored_by', 'restore_reason'] },
    recordings: { select: true, update: ['deletion_id', 'deletion_due_ms'] },
    retention_halts: { select: true, update: ['confirmed_count', 'confirmed_at_ms', 'confirmed_by', 'confirm_reason'] },
  },
  reader: LOOK,
}
