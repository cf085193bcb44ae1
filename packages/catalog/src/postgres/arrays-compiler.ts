import { OperatorNode, PostgresQueryCompiler, PrimitiveValueListNode, type BinaryOperationNode, type ValuesNode } from 'kysely'
import { kindsOf, type Kind } from '../values-table.ts'

/** From here on the statement's text, which the server parses and plans each time, costs more than arrays do. */
const MANY = 4

/**
 * Sends long lists of values as arrays, one parameter for each column instead of one for each value: five hundred rows of eight columns are
 * four thousand parameters to parse and to plan by, every time. What kind a column is of is told, or taken from its values: the catalog has none but text and bigint.
 */
export class ArraysCompiler extends PostgresQueryCompiler {
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand, operator, rightOperand } = node
    if (!OperatorNode.is(operator) || operator.operator !== 'in' || !PrimitiveValueListNode.is(rightOperand) || rightOperand.values.length < MANY) {
      super.visitBinaryOperation(node)
      return
    }
    this.visitNode(leftOperand)
    this.append(' = any(')
    this.appendValue(rightOperand.values)
    this.append(')')
  }

  protected override visitValues(node: ValuesNode): void {
    const rows = node.values.flatMap((row) => (PrimitiveValueListNode.is(row) ? [row.values] : []))
    const told = kindsOf(node)
    const kinds = told ?? (rows.length < Math.max(MANY, node.values.length) ? null : kindsIn(rows))
    if (kinds === null) {
      super.visitValues(node)
      return
    }
    const columns = kinds.flatMap((kind, index) => (kind === 'null' ? [] : [{ kind, name: `column${index + 1}`, values: rows.map((row) => row[index]) }]))
    this.append(`select ${kinds.map((kind, index) => (kind === 'null' ? 'null' : `column${index + 1}`)).join(', ')} from unnest(`)
    columns.forEach(({ kind, values }, index) => {
      if (index > 0) this.append(', ')
      this.appendValue(values)
      this.append(`::${kind}[]`)
    })
    this.append(`) as listed(${columns.map(({ name }) => name).join(', ')})`)
  }
}

/** Of each column what its values are; `null` where there is one that no array of one kind holds, or nothing at all. */
function kindsIn(rows: readonly (readonly unknown[])[]): (Kind | 'null')[] | null {
  const kinds = (rows[0] ?? []).map((_, column): Kind | 'null' | 'other' => {
    const [kind = 'null', ...others] = new Set(rows.map((row) => kindOf(row[column])).filter((one) => one !== 'null'))
    return others.length > 0 ? 'other' : kind
  })
  const known = kinds.filter((kind) => kind !== 'other')
  return known.length === kinds.length && known.some((kind) => kind !== 'null') ? known : null
}

function kindOf(value: unknown): Kind | 'null' | 'other' {
  if (value === null) return 'null'
  if (typeof value === 'string') return 'text'
  return typeof value === 'number' && Number.isSafeInteger(value) ? 'bigint' : 'other'
}
