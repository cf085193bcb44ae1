import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { addRisingId, leaveRoom, storeUncompressed, type CatalogDialect } from '../dialect.ts'
import { journalTriggers } from './journal-triggers.ts'
import { createRetention } from './retention-tables.ts'
import { columns, create, type Schema, type Table } from './schema.ts'

export function initial(dialect: CatalogDialect): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      const schema = { db, dialect, columnsOf: new Map<string, readonly string[]>() }
      await createPeople(schema)
      await createCalls(schema)
      await createRecordings(schema)
      const outbox: Table = db.schema.createTable('outbox')
      await columns(dialect, addRisingId(dialect, outbox, 'outbox_id'), { topic: 'text!', key: 'text!', headers: 'text!', value: 'text!' }).execute()
      await createRetention(schema)
      await createJournal(schema)
    },
  }
}

async function createPeople(schema: Schema): Promise<void> {
  const { db } = schema
  const history = { sequence: 'bigint!', from_ms: 'bigint!', actor: 'text!', reason: 'text!' } as const
  await create(schema, 'orgs', ['org_id'], {
    org_id: 'text!',
    name: 'text!',
    partner_id: 'text!',
    enabled: 'bigint!',
    id_namespace: 'text!',
    rules: 'text!',
    time_zone: 'text!',
    created_at_ms: 'bigint!',
  })
  await create(schema, 'org_history', ['org_id', 'sequence'], { org_id: 'text!', enabled: 'bigint!', rules: 'text!', ...history })
  await create(schema, 'users', ['user_id'], { user_id: 'text!', org_id: 'text!', licence: 'text', display_name: 'text', created_at_ms: 'bigint!' })
  await db.schema.createIndex('users_by_org').on('users').column('org_id').execute()
  await create(schema, 'user_history', ['user_id', 'sequence'], { user_id: 'text!', licence: 'text', ...history })
  await create(schema, 'accounts', ['account_id'], {
    account_id: 'text!',
    user_id: 'text!',
    org_id: 'text!',
    product: 'text!',
    external_type: 'text!',
    service_provider: 'text!',
    external_group: 'text!',
    external_identifier: 'text!',
    tier: 'text!',
    tier_since_ms: 'bigint!',
    tier_change: 'text',
    recording_on: 'bigint!',
    created_at_ms: 'bigint!',
  })
  await db.schema.createIndex('accounts_by_user').on('accounts').column('user_id').unique().execute()
  await db.schema
    .createIndex('accounts_by_identity')
    .on('accounts')
    .columns(['org_id', 'service_provider', 'external_group', 'external_identifier'])
    .unique()
    .execute()
  await db.schema.createIndex('accounts_by_tier').on('accounts').columns(['tier', 'user_id']).execute()
  await create(schema, 'settings_history', ['user_id', 'sequence'], { user_id: 'text!', settings: 'text', ...history })
  await create(schema, 'tier_history', ['user_id', 'sequence'], { user_id: 'text!', tier: 'text!', change_id: 'text', ...history })
}

async function createCalls(schema: Schema): Promise<void> {
  const { db } = schema
  await create(schema, 'calls', ['call_id'], {
    call_id: 'text!',
    org_id: 'text!',
    call_type: 'text',
    direction: 'text',
    correlation_id: 'text',
    time_zero_ms: 'bigint',
    ended_log_ms: 'bigint',
    log_identity: 'text!',
    log_partition: 'bigint!',
    opened_offset: 'bigint!',
    over_offset: 'bigint',
  })
  // The platform's own records are compared with a day's calls, by their ids or their times.
  await db.schema.createIndex('calls_by_time').on('calls').columns(['time_zero_ms', 'call_id']).where(sql.ref('time_zero_ms'), 'is not', null).execute()
  await db.schema.createIndex('calls_by_correlation').on('calls').column('correlation_id').where(sql.ref('correlation_id'), 'is not', null).execute()
  await create(schema, 'policies', ['call_id', 'participant_id'], {
    call_id: 'text!',
    participant_id: 'text!',
    owner_id: 'text',
    policy: 'text',
    as_of_ms: 'bigint!',
  })
  await create(schema, 'ledger', ['call_id', 'owner_id'], {
    call_id: 'text!',
    owner_id: 'text!',
    org_id: 'text!',
    outcome: 'text!',
    reason: 'text',
    behavior: 'text',
    late_ms: 'bigint!',
  })
  const position = { topic: 'text!', partition: 'bigint!' } as const
  await create(schema, 'partitions', ['topic', 'partition'], {
    ...position,
    log_identity: 'text!',
    epoch: 'bigint!',
    safe_offset: 'bigint',
    performed_offset: 'bigint!',
  })
  await create(schema, 'sessions', ['topic', 'partition', 'call_id'], {
    ...position,
    call_id: 'text!',
    log_offset: 'bigint!',
    fold_version: 'bigint!',
    state: 'text!',
    ended_offset: 'bigint',
  })
  await db.schema
    .createIndex('sessions_tombstones')
    .on('sessions')
    .columns(['topic', 'partition', 'ended_offset'])
    .where(sql.ref('ended_offset'), 'is not', null)
    .execute()
  await create(schema, 'media_keys', ['call_id'], { call_id: 'text!', key_id: 'text!', wrapped_key: 'text!', wrapped_by: 'text!', created_at_ms: 'bigint!' })
  await create(schema, 'dead_letters', ['topic', 'partition', 'log_offset'], { ...position, log_offset: 'bigint!' })
}

async function createRecordings(schema: Schema): Promise<void> {
  const { db } = schema
  await create(schema, 'recordings', ['recording_id'], {
    recording_id: 'text!',
    call_id: 'text!',
    org_id: 'text!',
    owner_id: 'text!',
    ordinal: 'bigint!',
    mode: 'text!',
    settings: 'text!',
    status: 'text!',
    provisional: 'bigint!',
    started_at_ms: 'bigint!',
    ended_at_ms: 'bigint',
    ended_log_ms: 'bigint',
    captured_ms: 'bigint!',
    paused_ms: 'bigint!',
    held_ms: 'bigint!',
    lost_ms: 'bigint!',
    segment_count: 'bigint!',
    tones: 'bigint!',
    prompts: 'bigint!',
    size_bytes: 'bigint!',
    manifest_key: 'text',
    manifest_sha256: 'text',
    manifest_size_bytes: 'bigint',
    end_reason: 'text',
    deletion_id: 'text',
    deletion_due_ms: 'bigint',
    due_at_ms: 'bigint',
    claimed_at_ms: 'bigint',
    claim_reason: 'text',
    claim_cause: 'text',
    purge_failures: 'bigint',
    retry_at_ms: 'bigint',
    purged_at_ms: 'bigint',
    next_look_ms: 'bigint',
    looks: 'bigint!',
    last_mark: 'bigint!',
    from_manifest: 'bigint!',
  })
  await db.schema.createIndex('recordings_by_call').on('recordings').column('call_id').execute()
  await db.schema.createIndex('recordings_by_start').on('recordings').columns(['started_at_ms', 'recording_id']).execute()
  // Retention asks each minute: per free account what ended long enough ago, what nobody kept, what a crash left claimed, and where to look again.
  await db.schema
    .createIndex('recordings_unclaimed')
    .on('recordings')
    .columns(['owner_id', 'ended_log_ms', 'recording_id'])
    .where(sql.ref('claimed_at_ms'), 'is', null)
    .execute()
  await db.schema.createIndex('recordings_not_kept').on('recordings').column('recording_id').where(sql.ref('status'), '=', sql.lit('not-kept')).execute()
  await db.schema
    .createIndex('recordings_in_bin')
    .on('recordings')
    .columns(['deletion_due_ms', 'recording_id'])
    .where(sql.ref('deletion_due_ms'), 'is not', null)
    .where(sql.ref('claimed_at_ms'), 'is', null)
    .execute()
  await db.schema
    .createIndex('recordings_claimed')
    .on('recordings')
    .columns(['recording_id', 'claimed_at_ms'])
    .where(sql.ref('claimed_at_ms'), 'is not', null)
    .where(sql.ref('purged_at_ms'), 'is', null)
    .execute()
  // What retention's brake counts: few of all that is deleted.
  await db.schema
    .createIndex('recordings_by_claim_cause')
    .on('recordings')
    .columns(['org_id', 'claim_cause', 'due_at_ms'])
    .where(sql.ref('claim_cause'), 'is not', null)
    .execute()
  await db.schema
    .createIndex('recordings_to_look_at')
    .on('recordings')
    .columns(['next_look_ms', 'recording_id'])
    .where(sql.ref('next_look_ms'), 'is not', null)
    .execute()
  await db.schema.createIndex('recordings_by_manifest').on('recordings').column('manifest_key').where(sql.ref('manifest_key'), 'is not', null).execute()
  await create(schema, 'segments', ['recording_id', 'segment_index'], {
    recording_id: 'text!',
    segment_index: 'bigint!',
    key: 'text!',
    sha256: 'text!',
    size_bytes: 'bigint!',
    from_ms: 'bigint!',
    to_ms: 'bigint!',
    detail: 'text!',
  })
  // A purge clears each row's detail, on the same page if there is room, and then no index is written.
  await leaveRoom(schema.dialect, db, 'segments')
  // Rows in the order of the bucket's listing.
  await db.schema.createIndex('segments_by_key').on('segments').column('key').execute()
}

async function createJournal(schema: Schema): Promise<void> {
  const { db, dialect } = schema
  const entries: Table = db.schema.createTable('journal_entries')
  await columns(dialect, addRisingId(dialect, entries, 'entry_id'), { kind: 'text!', entry: 'text!' }).execute()
  await create(schema, 'journal_objects', ['sequence'], {
    sequence: 'bigint!',
    sha256: 'text!',
    key_id: 'text',
    body: 'text',
    made_at_ms: 'bigint!',
  })
  // Both are short-lived: to compress them costs more than they ever take.
  await storeUncompressed(dialect, db, 'journal_entries', 'entry')
  await storeUncompressed(dialect, db, 'journal_objects', 'body')
  await create(schema, 'rebuilds', ['rebuild'], { rebuild: 'text!', began_at_ms: 'bigint!' })
  for (const statement of journalTriggers(dialect, schema.columnsOf)) await sql.raw(statement).execute(db)
}
