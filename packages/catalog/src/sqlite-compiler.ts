import { SqliteQueryCompiler, ValueNode, type LimitNode } from 'kysely'

/**
 * Writes the number of a `limit` into the statement: SQLite plans by a bound one, and so prepares the statement again each time it is bound (ten times the cost of a
 * small read).
 */
export class PlainLimitsCompiler extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    const limit = ValueNode.is(node.limit) ? node.limit.value : null
    if (typeof limit === 'number' && Number.isSafeInteger(limit)) this.append(`limit ${limit}`)
    else super.visitLimit(node)
  }
}
