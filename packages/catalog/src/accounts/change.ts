import { z } from 'zod'
import type { Transaction } from 'kysely'
import type { Catalog } from '../open.ts'
import { inRows } from '../rows.ts'
import type { Tables, UserRow } from '../tables.ts'
import { AccountError, checked } from './account-error.ts'
import { faultOfLine, LONGEST } from './plain-line.ts'

/** Who asks and why: kept in the history of whatever changes. */
export interface Because {
  actor: string
  reason: string
}

/** What people are to read: `faultOfLine` says what it may be. */
export function lineSchema(of: keyof typeof LONGEST): z.ZodType<string> {
  return z.string().superRefine((text, context) => {
    const message = faultOfLine(text, LONGEST[of])
    if (message !== null) context.addIssue({ code: 'custom', message })
  })
}

const [actorSchema, reasonSchema] = [lineSchema('actor'), lineSchema('reason')]

export function checkedBecause(input: Because): Because {
  return {
    actor: checked(actorSchema, input.actor, 'invalid-input', 'actor'),
    reason: checked(reasonSchema, input.reason, 'invalid-input', 'reason'),
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
