import pg from 'pg'
import { addressOf } from '../postgres.ts'
import { openError } from './open-error.ts'
import { postgresPool } from './pool.ts'
import type { PostgresSettings } from './settings.ts'

/** Makes a database of this name on the server that the settings lead to; their role must be allowed to. Throws `CatalogOpenError`. */
export function createDatabase(settings: PostgresSettings, name: string): Promise<void> {
  return onServer(settings, `create database ${pg.escapeIdentifier(name)}`)
}

/** Deletes a database with all that is in it, for what was made to be thrown away. Throws `CatalogOpenError`. */
export function dropDatabase(settings: PostgresSettings, name: string): Promise<void> {
  return onServer(settings, `drop database if exists ${pg.escapeIdentifier(name)} with (force)`)
}

async function onServer(settings: PostgresSettings, statement: string): Promise<void> {
  const address = addressOf(settings)
  const pool = postgresPool(address, { ...settings, poolSize: 1, statementTimeoutMs: 0 })
  try {
    await pool.query(statement)
  } catch (error) {
    throw openError(address, error)
  } finally {
    await pool.end()
  }
}
