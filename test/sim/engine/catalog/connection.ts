import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import { errorOf } from '../error-of.ts'
import type { Call, Machine, Outcome } from '../process.ts'
import type { Parts } from '../world-parts.ts'
import type { Database } from './database.ts'
import { statementOf, type Statement } from './statements.ts'

/** A connection of one process, with at most one transaction. */
export interface SimConnection extends DatabaseConnection {
  begin(): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
  isBroken(): boolean
}

/** The publisher's turn is one lock for all processes. */
export interface Turns {
  publisher: object | null
}

interface Transaction {
  hasBegun: boolean
  wrote: boolean
  savepoints: CompiledQuery[]
  isNested: boolean
  lastMs: number
  silentMs: number
  endsSilence: () => void
}

/** As postgresPool has it: a transaction whose client says nothing for so long is undone. */
const SILENT_MS = 5_000

export function connect(parts: Parts, database: Database, turns: Turns, machine: Machine): SimConnection {
  const { time, faults, hooks, form } = parts
  const { random, hasFaults } = machine
  const me = {}
  let transaction: Transaction | null = null
  let broken: Error | null = null
  /** Undone by the server, and its client has not rolled back yet. */
  let isAborted = false
  /** Statements the server has not answered. */
  let underWay = 0

  const fires = (kind: Parameters<typeof faults.fires>[0]): boolean => hasFaults && faults.fires(kind)

  function undo(): void {
    if (transaction === null) return
    transaction.endsSilence()
    if (transaction.hasBegun) database.exec('rollback')
    transaction = null
    if (turns.publisher === me) turns.publisher = null
    database.release(me)
  }

  function lose(text: string, code?: string): Error {
    undo()
    broken = passing(text, code)
    return broken
  }

  machine.watch({
    died() {
      if (transaction === null) return
      // The server may notice at once, or only by the silence.
      time.at(time.now() + (random.chance(0.8) ? random.between(0, 30) : random.between(30, SILENT_MS)), 'a dead client’s transaction ends', undo)
    },
  })

  /** Undone when the client has been silent for too long: frozen, or waiting for something else. */
  function watchSilence(open: Transaction): () => void {
    return time.at(open.lastMs + open.silentMs, 'silence', () => {
      if (transaction !== open) return
      if (underWay === 0 && time.now() - open.lastMs >= open.silentMs) lose('terminating connection due to idle-in-transaction timeout', '25P03')
      else
        open.endsSilence = time.at(
          Math.max(time.now(), open.lastMs) + open.silentMs,
          'silence',
          () => open === transaction && underWay === 0 && lose('terminating connection due to idle-in-transaction timeout', '25P03'),
        )
    })
  }

  function ask<T>(what: string, detail: string, effect: Call<T>['effect']): Promise<T> {
    const slowMs = fires('catalog-slow') ? faults.random.between(100, 6_000) : 0
    return machine.call<T>({
      what,
      detail,
      thereMs: random.between(0.1, 0.8) + (random.chance(0.5) ? slowMs : 0),
      backMs: random.between(0.1, 0.8) + slowMs,
      effect(settle) {
        underWay += 1
        effect((outcome) => {
          underWay -= 1
          if (transaction !== null) transaction.lastMs = time.now()
          settle(outcome)
        })
      },
    })
  }

  function execute(statement: Statement, settle: (outcome: Outcome<QueryResult<never>>) => void): void {
    if (broken !== null) return settle({ ok: false, error: passing('Client has encountered a connection error and is not queryable') })
    if (fires('catalog-lost-between')) return settle({ ok: false, error: lose('Connection terminated unexpectedly') })
    if (isAborted) return settle({ ok: false, error: passing('current transaction is aborted, commands ignored until end of transaction block', '25P02') })
    if (statement.kind === 'clock') return settle({ ok: true, value: { rows: [{ now_ms: database.clockMs() } as never] } })
    if (statement.kind === 'publisher-turn') {
      const ours = turns.publisher === null || turns.publisher === me
      if (ours) turns.publisher = me
      if (transaction !== null) transaction.silentMs = statement.silentMs
      return settle({ ok: true, value: { rows: [{ ours } as never] } })
    }
    const holds = transaction !== null && statement.kind !== 'read' && statement.kind !== 'savepoint'
    database.whenFree(me, holds, () => {
      // Whoever died while he waited, or whose transaction was ended, wants nothing any more.
      if (machine.state() === 'dead' || broken !== null) {
        if (holds && transaction === null) database.release(me)
        return broken === null ? undefined : settle({ ok: false, error: passing('Connection terminated unexpectedly') })
      }
      settle(now(statement, holds))
    })
  }

  function now(statement: Exclude<Statement, { kind: 'clock' | 'publisher-turn' }>, holds: boolean): Outcome<QueryResult<never>> {
    const writes = statement.kind === 'write'
    if (writes && fires('catalog-disk-full'))
      return { ok: false, error: transaction === null ? passing('no space left on device', '53100') : lose('no space left on device', '53100') }
    if (transaction === null && writes && fires('catalog-lost-before-commit')) return { ok: false, error: lose('Connection terminated unexpectedly') }
    if (statement.kind === 'savepoint' && transaction !== null) transaction.isNested = true
    // What is undone up to a savepoint only is another story.
    if (holds && form === 'servers' && transaction?.isNested === false && fires('catalog-conflict')) {
      undo()
      isAborted = true
      return { ok: false, error: faults.random.chance(0.8) ? passing('deadlock detected', '40P01') : passing('could not serialize access', '40001') }
    }
    if (holds && transaction !== null && !transaction.hasBegun) {
      transaction.hasBegun = true
      database.exec('begin immediate')
      for (const savepoint of transaction.savepoints) database.run(savepoint)
    }
    try {
      const isEarly = statement.kind === 'savepoint' && transaction?.hasBegun !== true
      if (statement.kind === 'savepoint' && isEarly) transaction?.savepoints.push(statement.query)
      const value = statement.kind === 'turn' || isEarly ? { rows: [] } : database.run(statement.query)
      if (writes && transaction !== null) transaction.wrote = true
      if (writes && transaction === null) {
        hooks.committed({ process: machine.name, kind: machine.kind })
        if (fires('catalog-lost-after-commit')) return { ok: false, error: lose('Connection terminated unexpectedly') }
      }
      return { ok: true, value }
    } catch (error) {
      return { ok: false, error: errorOf(error) }
    }
  }

  function commitNow(): Outcome<void> {
    // Its answer is that of a rollback, which no driver takes for an error.
    if (isAborted && broken === null) {
      isAborted = false
      return { ok: true, value: undefined }
    }
    if (broken !== null || transaction === null) return { ok: false, error: passing('Client has encountered a connection error and is not queryable') }
    if (transaction.wrote && fires('catalog-disk-full')) return { ok: false, error: lose('no space left on device', '53100') }
    if (fires('catalog-lost-before-commit')) return { ok: false, error: lose('Connection terminated unexpectedly') }
    transaction.endsSilence()
    const { hasBegun, wrote } = transaction
    if (hasBegun) database.exec('commit')
    transaction = null
    if (turns.publisher === me) turns.publisher = null
    if (wrote) hooks.committed({ process: machine.name, kind: machine.kind })
    database.release(me)
    return fires('catalog-lost-after-commit') ? { ok: false, error: lose('Connection terminated unexpectedly') } : { ok: true, value: undefined }
  }

  return {
    isBroken: () => broken !== null,
    executeQuery: <R>(query: CompiledQuery) => ask<QueryResult<R>>('catalog.query', query.sql, (settle) => execute(statementOf(query), settle)),
    streamQuery() {
      throw new Error('streaming is not supported: read in pages')
    },
    begin: () =>
      ask<void>('catalog.begin', '', (settle) => {
        if (fires('catalog-lost-between')) return settle({ ok: false, error: lose('Connection terminated unexpectedly') })
        const begin = (): void => {
          if (machine.state() === 'dead') return database.release(me)
          const open: Transaction = {
            hasBegun: form === 'embedded',
            wrote: false,
            savepoints: [],
            isNested: false,
            lastMs: time.now(),
            silentMs: form === 'embedded' ? Infinity : SILENT_MS,
            endsSilence: () => undefined,
          }
          transaction = open
          if (form === 'servers') open.endsSilence = watchSilence(open)
          else database.exec('begin immediate')
          settle({ ok: true, value: undefined })
        }
        if (form === 'servers') begin()
        else database.whenFree(me, true, begin)
      }),
    commit: () => ask<void>('catalog.commit', '', (settle) => settle(commitNow())),
    rollback: () =>
      ask<void>('catalog.rollback', '', (settle) => {
        undo()
        isAborted = false
        settle(
          broken === null ? { ok: true, value: undefined } : { ok: false, error: passing('Client has encountered a connection error and is not queryable') },
        )
      }),
  }
}

/** An error as the driver has it, which the catalog takes for one that passes. */
function passing(text: string, code?: string): Error {
  return Object.assign(new Error(text), code === undefined ? {} : { code })
}
