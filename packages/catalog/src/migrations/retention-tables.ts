import { sql } from 'kysely'
import { create, type Schema } from './schema.ts'

/** What decides whether a recording stays, what stops a run, and what remains to tell of what was deleted. */
export async function createRetention(schema: Schema): Promise<void> {
  await createDecisions(schema)
  const { db } = schema
  await create(schema, 'retention_clock', ['clock'], { clock: 'text!', watermark_ms: 'bigint!' })
  await create(schema, 'retention_lease', ['lease'], { lease: 'text!', holder: 'text!', since_ms: 'bigint!', until_ms: 'bigint!' })
  await create(schema, 'retention_orgs', ['org_id'], { org_id: 'text!', caught_up_ms: 'bigint!' })
  await create(schema, 'retention_halts', ['halt_id'], {
    halt_id: 'text!',
    org_id: 'text!',
    halted_at_ms: 'bigint!',
    due_count: 'bigint!',
    total_count: 'bigint!',
    confirmed_count: 'bigint',
    confirmed_at_ms: 'bigint',
    confirmed_by: 'text',
    confirm_reason: 'text',
    lifted_at_ms: 'bigint',
  })
  await db.schema.createIndex('retention_halts_in_force').on('retention_halts').column('org_id').unique().where(sql.ref('lifted_at_ms'), 'is', null).execute()
  await create(schema, 'certificates', ['sequence'], {
    sequence: 'bigint!',
    recording_id: 'text!',
    org_id: 'text!',
    made_at_ms: 'bigint!',
    document: 'text!',
    sha256: 'text!',
    key_id: 'text',
    signature: 'text',
  })
  await db.schema.createIndex('certificates_by_recording').on('certificates').column('recording_id').unique().execute()
}

async function createDecisions(schema: Schema): Promise<void> {
  const { db } = schema
  await create(schema, 'tier_changes', ['change_id'], {
    change_id: 'text!',
    org_id: 'text!',
    tier: 'text!',
    user_count: 'bigint!',
    recording_count: 'bigint!',
    actor: 'text!',
    reason: 'text!',
    made_at_ms: 'bigint!',
  })
  await create(schema, 'legal_holds', ['hold_id'], {
    hold_id: 'text!',
    org_id: 'text!',
    subject: 'text!',
    subject_id: 'text!',
    matter: 'text',
    reason: 'text!',
    actor: 'text!',
    placed_at_ms: 'bigint!',
    released_at_ms: 'bigint',
    released_by: 'text',
    release_reason: 'text',
  })
  await db.schema.createIndex('legal_holds_by_time').on('legal_holds').columns(['placed_at_ms', 'hold_id']).execute()
  await db.schema
    .createIndex('legal_holds_in_force')
    .on('legal_holds')
    .columns(['subject', 'subject_id'])
    .where(sql.ref('released_at_ms'), 'is', null)
    .execute()
  await create(schema, 'deletions', ['deletion_id'], {
    deletion_id: 'text!',
    org_id: 'text!',
    subject: 'text!',
    subject_id: 'text!',
    kind: 'text!',
    requested_at_ms: 'bigint!',
    due_at_ms: 'bigint!',
    actor: 'text!',
    reason: 'text!',
    restored_at_ms: 'bigint',
    restored_by: 'text',
    restore_reason: 'text',
  })
  await db.schema.createIndex('deletions_by_subject').on('deletions').columns(['subject', 'subject_id']).execute()
  // Each run of retention asks what those in force reach that came to be after them.
  await db.schema
    .createIndex('deletions_in_force')
    .on('deletions')
    .columns(['subject', 'requested_at_ms'])
    .where(sql.ref('restored_at_ms'), 'is', null)
    .execute()
}
