import type { CompiledQuery } from 'kysely'

/** How a statement of PostgreSQL's is played on SQLite. */
export type Statement =
  | { kind: 'read' | 'write' | 'lock'; query: CompiledQuery }
  /** A lock that is no row's. */
  | { kind: 'turn' }
  | { kind: 'publisher-turn'; silentMs: number }
  | { kind: 'clock' }
  | { kind: 'savepoint'; query: CompiledQuery }

const ROW_LOCK = / for update(?: of "\w+")?/g
export const CLOCK = 'select clock'

const plain = new Map<string, string>()

export function statementOf(query: CompiledQuery): Statement {
  const { sql } = query
  if (sql === CLOCK) return { kind: 'clock' }
  if (sql.includes('pg_try_advisory_xact_lock')) return { kind: 'publisher-turn', silentMs: Number(query.parameters[0]) }
  if (sql.includes('pg_advisory_xact_lock')) return { kind: 'turn' }
  if (/^(?:savepoint|release savepoint|rollback to savepoint) /.test(sql)) return { kind: 'savepoint', query }
  if (query.query.kind !== 'SelectQueryNode') return { kind: 'write', query }
  if (!sql.includes(' for update')) return { kind: 'read', query }
  const known = plain.get(sql) ?? sql.replaceAll(ROW_LOCK, '')
  plain.set(sql, known)
  return { kind: 'lock', query: { ...query, sql: known } }
}
