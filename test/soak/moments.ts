import { setTimeout as delay } from 'node:timers/promises'
import type { Servers } from '@twinreel/twinreel/place'
import pg from 'pg'
import type { RecorderProcess } from '../support/recorders/recorder-process.ts'

/** Moments of a recorder's work that can be seen from outside as they happen. */
export interface Moments {
  /** The database has just taken something of the recorder's. */
  afterCommit(recorder: RecorderProcess): Promise<void>
  /** Calls `stop`, and again and again until it came in the middle of a transaction; before each further try `go`. */
  inTransaction(recorder: RecorderProcess, stop: () => void, go: () => void): Promise<void>
  /** The store is asked to take an object. */
  atPut(recorder: RecorderProcess): Promise<void>
  close(): Promise<void>
}

const WITHIN_MS = 60_000

export async function openMoments({ database }: Servers): Promise<Moments> {
  const client = new pg.Client({ connectionString: database.url })
  // A connection that breaks is told by the next query.
  client.on('error', () => {})
  await client.connect()

  async function lastWrite({ name }: RecorderProcess): Promise<string | null> {
    const { rows } = await client.query<{ id: string }>('select id from write_audit where writer = $1 order by id desc limit 1', [name])
    return rows[0]?.id ?? null
  }

  async function isInTransaction({ name }: RecorderProcess): Promise<boolean> {
    const { rows } = await client.query(
      `select 1 from pg_stat_activity where datname = current_database() and application_name = $1 and state = 'idle in transaction'`,
      [name],
    )
    return rows.length > 0
  }

  async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    for (const sinceMs = performance.now(); !(await holds()); await delay(1))
      if (performance.now() - sinceMs > WITHIN_MS) throw new Error(`in ${WITHIN_MS / 1_000} s there was no ${what}`)
  }

  return {
    async afterCommit(recorder) {
      const before = await lastWrite(recorder)
      await until(`commit of ${recorder.name}`, async () => (await lastWrite(recorder)) !== before)
    },
    async inTransaction(recorder, stop, go) {
      await until(`transaction of ${recorder.name}`, async () => {
        if (!(await isInTransaction(recorder))) return false
        stop()
        // What it sent before may still end the transaction.
        await delay(20)
        if (await isInTransaction(recorder)) return true
        go()
        return false
      })
    },
    async atPut({ name, puts }) {
      const before = puts.length
      await until(`put of ${name}`, () => puts.length > before)
    },
    close: () => client.end(),
  }
}
