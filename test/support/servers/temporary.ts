import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@twinreel/service/clock'
import { cacheRoot } from '@twinreel/twinreel/dev/cache'
import { bringDown } from '@twinreel/twinreel/dev/down'
import { isRunning, processNow, type ProcessIdentity } from '@twinreel/twinreel/dev/process-identity'
import type { ServerKind, ServerSpec } from '@twinreel/twinreel/dev/server-spec'
import { bringUp, type UpServer } from '@twinreel/twinreel/dev/up'

const PREFIX = 'twinreel-servers-'
const OWNER = 'owner.json'

/** A directory of local servers that belongs to this process. */
export interface TemporaryServers {
  /** Starts those that don't run and waits until they do their work. */
  up(kinds: readonly ServerKind[]): Promise<UpServer[]>
  /** Ends them all and deletes their data. */
  close(): Promise<void>
}

/** Nothing is started yet. Servers of processes that died without ending theirs are ended first. `specs`: how some are run, where not as usual. */
export async function temporaryServers(specs: Partial<Readonly<Record<ServerKind, ServerSpec>>> = {}): Promise<TemporaryServers> {
  await endAbandoned()
  const directory = mkdtempSync(join(tmpdir(), PREFIX))
  writeFileSync(join(directory, OWNER), JSON.stringify(processNow(process.pid)))
  return {
    up: (kinds) => bringUp({ directory, kinds, specs, cache: cacheRoot(process.env), useFreePorts: true, install: false, clock: systemClock, tell: () => {} }),
    close: async () => void (await bringDown({ directory, purge: true, clock: systemClock })),
  }
}

async function endAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const directory = join(tmpdir(), name)
    const owner = name.startsWith(PREFIX) ? ownerOf(directory) : null
    if (owner === null || isRunning(owner)) continue
    await bringDown({ directory, purge: true, clock: systemClock })
    rmSync(directory, { recursive: true, force: true })
  }
}

function ownerOf(directory: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(join(directory, OWNER), 'utf8')) as ProcessIdentity
  } catch {
    // Another user's, or one that is being made or deleted right now.
    return null
  }
}
