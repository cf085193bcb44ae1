import { runTool } from './run-tool.ts'
import type { User } from './server-spec.ts'

const NAMES = ['postgres', 'nobody'] as const

/** As whom a server runs that refuses root: `postgres`, else `nobody`; `null` when we are not root. */
export async function unprivilegedUser(): Promise<User | null> {
  if (process.getuid?.() !== 0) return null
  for (const name of NAMES) {
    try {
      const [uid, gid] = await Promise.all([runTool('id', ['-u', name]), runTool('id', ['-g', name])])
      return { uid: Number(uid), gid: Number(gid) }
    } catch {
      continue
    }
  }
  throw new Error(`PostgreSQL refuses to run as root, and the system has no user ${NAMES.join(' or ')}`)
}
