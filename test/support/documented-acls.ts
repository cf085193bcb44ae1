import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Who the guide's table is about; retention, which it names too, does not talk to Kafka. */
export type Role = 'recorder' | 'platform' | 'topics-apply'

export interface DocumentedAcl {
  role: Role
  resource: 'topic' | 'group'
  /** Without a prefix. */
  name: string
  /** As the guide and Kafka's own tools spell it, such as DescribeConfigs. */
  operation: string
}

const GUIDE = join(import.meta.dirname, '../../docs/operating.md')
const ROLES: Readonly<Record<string, Role | null>> = {
  recorder: 'recorder',
  'retention worker': null,
  'a platform': 'platform',
  '`topics apply`': 'topics-apply',
}
const OPERATION = /\b(?:Read|Write|Create|Delete|Describe|DescribeConfigs|Alter|AlterConfigs|IdempotentWrite|All)\b/g
const NAME = /`([\w-]+)`/g

/** The table “Rights in Kafka” of docs/operating.md, right by right: what is tried is what operators read. */
export function documentedAcls(): DocumentedAcl[] {
  const [, section = ''] = /^## Rights in Kafka$([\s\S]*?)^## /m.exec(readFileSync(GUIDE, 'utf8')) ?? []
  const [head = [], , ...rows] = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  return rows.flatMap(([who = '', ...cells]) => {
    const role = ROLES[who]
    if (role === undefined) throw new Error(`the table of ACLs has a row that no test knows: ${who}`)
    return cells.flatMap((cell, index) => rightsOf(cell === 'the same' ? (cells[0] ?? '') : cell, head[index + 1] ?? '', role))
  })
}

function rightsOf(cell: string, column: string, role: Role | null): DocumentedAcl[] {
  const operations = cell.match(OPERATION) ?? []
  if (operations.length === 0) return []
  if (role === null) throw new Error('the table of ACLs gives retention a right in Kafka')
  const resource = column === 'group' ? 'group' : 'topic'
  const names = [...(resource === 'group' ? cell : column).matchAll(NAME)].map(([, name = '']) => name)
  // A group of its own is one that the platform chooses.
  return (names.length === 0 ? [role] : names).flatMap((name) => operations.map((operation) => ({ role, resource, name, operation })))
}
