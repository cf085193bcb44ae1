import {
  PostgresDialect,
  PostgresDriver,
  type DatabaseConnection,
  type PostgresDialectConfig,
  type PostgresQueryCompiler,
  type TransactionSettings,
} from 'kysely'
import { ArraysCompiler } from './arrays-compiler.ts'

/** Kysely's dialect, which sends long lists as arrays and says in each `begin` what the transaction sees. */
export class ServerDialect extends PostgresDialect {
  #config: PostgresDialectConfig

  constructor(config: PostgresDialectConfig) {
    super(config)
    this.#config = config
  }

  override createDriver(): PostgresDriver {
    return new ReadCommittedDriver(this.#config)
  }

  override createQueryCompiler(): PostgresQueryCompiler {
    return new ArraysCompiler()
  }
}

/**
 * Whoever has waited for his turn must see what was committed meanwhile, such as a hold. Where a database's own default is another level, a transaction
 * sees what was there before it waited (https://www.postgresql.org/docs/current/transaction-iso.html). It is said in the statement that begins
 * the transaction, which costs no round trip, and which no pooler between loses.
 */
class ReadCommittedDriver extends PostgresDriver {
  override beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    return super.beginTransaction(connection, { ...settings, isolationLevel: settings.isolationLevel ?? 'read committed' })
  }
}
