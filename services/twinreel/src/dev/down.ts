import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '@twinreel/service/clock'
import { readState, writeState } from './dev-state.ts'
import { withFileLock } from './file-lock.ts'
import { endServer } from './local-server.ts'
import { SERVER_KINDS, type ServerKind } from './server-spec.ts'

/** Ends every server of the directory; answers those that ran. `purge` then deletes their data and the directory. */
export async function bringDown({ directory, purge, clock }: { directory: string; purge: boolean; clock: Clock }): Promise<ServerKind[]> {
  if (!existsSync(directory)) return []
  return await withFileLock(join(directory, 'servers.lock'), async () => {
    const state = readState(directory)
    const ended = await Promise.all(
      SERVER_KINDS.map(async (kind) => {
        const record = state.servers[kind]
        if (record === undefined) return []
        const ran = await endServer(kind, record, clock)
        record.process = null
        writeState(directory, state)
        if (purge) rmSync(record.directory, { recursive: true, force: true })
        return ran ? [kind] : []
      }),
    )
    if (purge) rmSync(directory, { recursive: true, force: true })
    return ended.flat()
  })
}
