import { z } from 'zod'
import type { Transaction } from 'kysely'
import type { Catalog } from '../open.ts'
import { inRows } from '../rows.ts'
import type { Tables, UserRow } from '../tables.ts'
import { AccountError, checked } from './account-error.ts'

/** Who asks and why: kept in the history of whatever changes. */
export interface Because {
  actor: string
  reason: string
}

const because = z.object({ actor: z.string().min(1).max(256), reason: z.string().min(1).max(1_000) })

export function checkedBecause(input: Because): Because {
  return {
    actor: checked(because.shape.actor, input.actor, 'invalid-input', 'actor'),
    reason: checked(because.shape.reason, input.reason, 'invalid-input', 'reason'),
  }
}

/** The place of the next row in a history. Its time never lies before the last row's, whatever the clock did, so that "as of" stays defined. */
export function nextInHistory(last: { sequence: number; from_ms: number } | undefined, nowMs: number): { sequence: number; from_ms: number } {
  return last === undefined ? { sequence: 1, from_ms: nowMs } : { sequence: last.sequence + 1, from_ms: Math.max(nowMs, last.from_ms) }
}

/** The user's row, held until the transaction ends: changes of one user come one after the other. */
export async function lockUser(catalog: Catalog, tx: Transaction<Tables>, userId: string): Promise<UserRow> {
  const user = await tx
    .selectFrom('users')
    .selectAll()
    .where('user_id', '=', userId)
    .$if(catalog.dialect.rowLocks, (query) => query.forUpdate())
    .executeTakeFirst()
  if (user === undefined) throw new AccountError('unknown-user', `user ${userId} is unknown; add the user first`, 'userId')
  return user
}

/** The rows of many, in one order, so that two who lock some of them wait for each other and not both for the other. */
export async function lockUsers({ dialect }: Catalog, tx: Transaction<Tables>, userIds: readonly string[]): Promise<void> {
  if (!dialect.rowLocks) return
  for (const ids of inRows(userIds.toSorted())) {
    await tx.selectFrom('users').select('user_id').where('user_id', 'in', ids).orderBy('user_id').forUpdate().execute()
  }
}
