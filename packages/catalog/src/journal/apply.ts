import type { Transaction } from 'kysely'
import type { z } from 'zod'
import { FIRST_LOOK_AFTER_MS } from '../later-looks.ts'
import { inRows, lastByKey } from '../rows.ts'
import type { Tables } from '../tables.ts'
import { ENTRY, type JournalKind } from './entries.ts'
import { JournalError, journalKey, type JournalObject } from './object.ts'

/** Tables that are journaled row by row, and their keys. */
const KEYS = {
  orgs: ['org_id'],
  org_history: ['org_id', 'sequence'],
  users: ['user_id'],
  user_history: ['user_id', 'sequence'],
  accounts: ['account_id'],
  settings_history: ['user_id', 'sequence'],
  tier_history: ['user_id', 'sequence'],
  tier_changes: ['change_id'],
  legal_holds: ['hold_id'],
  deletions: ['deletion_id'],
  retention_halts: ['halt_id'],
  policies: ['call_id', 'participant_id'],
  calls: ['call_id'],
  ledger: ['call_id', 'owner_id'],
  certificates: ['sequence'],
} as const satisfies Partial<Record<JournalKind & keyof Tables, readonly string[]>>

/** Restores what an object of the journal says, after all before it. Throws a `JournalError` for an entry that is none, or names what was never there. */
export async function applyObject(tx: Transaction<Tables>, { header, lines }: JournalObject): Promise<void> {
  const wrong = (problem: string): JournalError => new JournalError(journalKey(header.sequence), problem)
  const rowsOf = <K extends JournalKind>(kind: K): z.output<(typeof ENTRY)[K]>[] =>
    lines.flatMap((line, index) => {
      if (line.kind !== kind) return []
      const result = ENTRY[kind].safeParse(line.row)
      if (result.success) return [result.data as z.output<(typeof ENTRY)[K]>]
      const [issue] = result.error.issues
      throw wrong(`entry ${index + 1}, of kind ${kind}: ${issue?.path.map(String).join('.')} ${issue?.message}`)
    })
  // What an account is known by may have gone from one to another, and no two may have it at once.
  await clear(tx, rowsOf('accounts'))
  // The rows of a table are after-images, and of one table only the last of each counts.
  for (const [table, key] of Object.entries(KEYS) as [keyof typeof KEYS, readonly string[]][]) await upsert(tx, table, key, rowsOf(table))
  await applyRecordings(tx, rowsOf('recordings'))
  await applyDeadLetters(tx, rowsOf('dead_letters'))
  // Of a recording that has not ended the row, told at its end, says the same.
  for (const { recording_id: id, ...marks } of rowsOf('deletion_marks')) await tx.updateTable('recordings').set(marks).where('recording_id', '=', id).execute()
  for (const claim of rowsOf('claims')) {
    const { recording_id: id, ...claimed } = claim
    const { numUpdatedRows } = await tx.updateTable('recordings').set(claimed).where('recording_id', '=', id).executeTakeFirst()
    if (numUpdatedRows === 0n) throw wrong(`begins the deletion of recording ${id}, which nothing before it tells of`)
  }
  for (const { recording_id: id } of rowsOf('purges')) {
    const claimed = await tx
      .selectFrom('recordings')
      .select('recording_id')
      .where('recording_id', '=', id)
      .where('claimed_at_ms', 'is not', null)
      .executeTakeFirst()
    if (claimed === undefined) throw wrong(`ends the deletion of recording ${id}, which nothing before it began`)
  }
  // A recording is purged exactly if it has a certificate. One whose certificate would have stood in an object that was never written stays
  // claimed: retention looks again that nothing of it is left, and certifies that.
  for (const { recording_id: id, made_at_ms: purged_at_ms } of rowsOf('certificates')) {
    const { numUpdatedRows } = await tx
      .updateTable('recordings')
      .set({ status: 'purged', purged_at_ms, next_look_ms: purged_at_ms + FIRST_LOOK_AFTER_MS })
      .where('recording_id', '=', id)
      .where('claimed_at_ms', 'is not', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw wrong(`certifies the deletion of recording ${id}, which nothing before it began`)
  }
}

async function clear(tx: Transaction<Tables>, accounts: readonly { account_id: string }[]): Promise<void> {
  for (const batch of inRows(accounts)) {
    const ids = batch.map((account) => account.account_id)
    await tx.deleteFrom('accounts').where('account_id', 'in', ids).execute()
  }
}

async function upsert(tx: Transaction<Tables>, table: keyof typeof KEYS, key: readonly string[], rows: readonly Record<string, unknown>[]): Promise<void> {
  const last = lastByKey(rows, (row) => JSON.stringify(key.map((column) => row[column])))
  for (const batch of inRows(last)) {
    const [first = {}] = batch
    const others = Object.keys(first).filter((column) => !key.includes(column))
    await tx
      .insertInto(table)
      .values(batch)
      .onConflict((oc) =>
        oc.columns(key as never).doUpdateSet((eb) => Object.fromEntries(others.map((column) => [column, eb.ref(`excluded.${column}` as never)])) as never),
      )
      .execute()
  }
}

/** Of its segments the manifest tells the rest. */
async function applyRecordings(tx: Transaction<Tables>, entries: readonly z.output<typeof ENTRY.recordings>[]): Promise<void> {
  for (const batch of inRows(lastByKey(entries, (entry) => entry.recording_id))) {
    const ids = batch.map((entry) => entry.recording_id)
    await tx.deleteFrom('segments').where('recording_id', 'in', ids).execute()
    await tx.deleteFrom('recordings').where('recording_id', 'in', ids).execute()
    await tx
      .insertInto('recordings')
      .values(batch.map(({ segments: _, ...row }) => row))
      .execute()
    const segments = batch.flatMap((entry) => entry.segments.map((segment) => ({ recording_id: entry.recording_id, ...segment, detail: '{}' })))
    for (const rows of inRows(segments)) await tx.insertInto('segments').values(rows).execute()
  }
}

/** Positions of a log that is another one now are void: the partition's row says of which they are. */
async function applyDeadLetters(tx: Transaction<Tables>, entries: readonly z.output<typeof ENTRY.dead_letters>[]): Promise<void> {
  for (const { topic, partition, log_offset, log_identity } of entries) {
    if (log_identity === null) continue
    const known = await tx.selectFrom('partitions').select('log_identity').where('topic', '=', topic).where('partition', '=', partition).executeTakeFirst()
    if (known !== undefined && known.log_identity !== log_identity) {
      await tx.deleteFrom('dead_letters').where('topic', '=', topic).where('partition', '=', partition).execute()
      await tx.deleteFrom('partitions').where('topic', '=', topic).where('partition', '=', partition).execute()
    }
    await tx
      .insertInto('partitions')
      .values({ topic, partition, log_identity, epoch: 0, safe_offset: null, performed_offset: 0 })
      .onConflict((oc) => oc.columns(['topic', 'partition']).doNothing())
      .execute()
    await tx
      .insertInto('dead_letters')
      .values({ topic, partition, log_offset })
      .onConflict((oc) => oc.columns(['topic', 'partition', 'log_offset']).doNothing())
      .execute()
  }
}
