import { readdirSync, readFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { processNow, type ProcessIdentity } from '@twinreel/twinreel/dev/process-identity'

/** A process and everything it started that still hangs on it, parents first. */
export function processTree(root: ProcessIdentity): ProcessIdentity[] {
  const parents = parentsOfAll()
  const tree = [root.pid]
  // What is found is searched in turn: the list grows while it is walked.
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid && !tree.includes(child)) tree.push(child)
  return tree.flatMap((pid) => (pid === root.pid ? root : (processNow(pid) ?? [])))
}

function parentsOfAll(): Map<number, number> {
  if (process.platform !== 'linux') {
    const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
    return new Map(rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]))
  }
  return new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => parentOf(pid)),
  )
}

/** proc(5): behind the name in parentheses come the state and the parent. */
function parentOf(pid: string): [number, number][] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return [[Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]]
  } catch {
    // It has just ended.
    return []
  }
}
