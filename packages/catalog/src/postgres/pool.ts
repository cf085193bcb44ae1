import pg from 'pg'
import type { Address } from './address.ts'
import type { PostgresSettings } from './settings.ts'

/** How long reaching the server, or waiting for a connection of the pool, may take. */
const CONNECT_LIMIT_MS = 10_000
const IDLE_KEPT_MS = 30_000
/**
 * A process that froze or lost its network in a transaction must not keep its locks: by when the log gives its partitions to somebody else, after six seconds at the
 * earliest, they must be free. Nothing of ours is silent for so long within a transaction unless it says so.
 */
const SILENT_MS = 5_000

/** Connections to the address. Losing one of them fails what was running on it and nothing else. */
export function postgresPool(address: Address, settings: Pick<PostgresSettings, 'poolSize' | 'statementTimeoutMs' | 'tls'>): pg.Pool {
  const { host, port, user, password, database, applicationName, options } = address
  // For these connections alone: another user of the driver in this process may want them otherwise.
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, integerOf)
  const pool = new pg.Pool({
    host,
    port,
    user,
    password,
    database,
    application_name: applicationName,
    ...(options === '' ? {} : { options }),
    ssl: settings.tls === null ? false : { rejectUnauthorized: true, ...(settings.tls.ca === null ? {} : { ca: settings.tls.ca }) },
    max: settings.poolSize,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    idleTimeoutMillis: IDLE_KEPT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: settings.statementTimeoutMs,
    idle_in_transaction_session_timeout: Math.min(settings.statementTimeoutMs, SILENT_MS),
    types,
  })
  // The server may close a connection at any time, also one that nobody waits on. Without listeners that would end the process; the
  // pool replaces the connection, and who was using it has the error from its own statement.
  pool.on('error', () => {})
  pool.on('connect', (client) => void client.on('error', () => {}))
  return pool
}

/** All our bigints are times, positions and sizes that a number holds. */
function integerOf(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new Error(`a stored number is too large to be one of ours: ${text}`)
  return value
}
