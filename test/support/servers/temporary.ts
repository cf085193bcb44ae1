import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@twinreel/service/clock'
import { cacheRoot } from '@twinreel/twinreel/dev/cache'
import { bringDown } from '@twinreel/twinreel/dev/down'
import { isRunning, processNow, type ProcessIdentity } from '@twinreel/twinreel/dev/process-identity'
import type { ServerKind, ServerSpec } from '@twinreel/twinreel/dev/server-spec'
import { bringUp, type UpServer } from '@twinreel/twinreel/dev/up'

const WARD = new URL('ward.ts', import.meta.url)
const PREFIX = 'twinreel-servers-'
const OWNER = 'owner.json'

/** A directory of local servers that belongs to this process, and goes with it. */
export interface TemporaryServers {
  readonly directory: string
  /** Starts those that don't run and waits until they do their work. */
  up(kinds: readonly ServerKind[]): Promise<UpServer[]>
  /** Ends them all and deletes their data. */
  close(): Promise<void>
}

/** Nothing is started yet. Servers of processes that died and whose ward died too are ended first. `specs`: how some are run, where not as usual. */
export async function temporaryServers(specs: Partial<Readonly<Record<ServerKind, ServerSpec>>> = {}): Promise<TemporaryServers> {
  await endAbandoned()
  const directory = mkdtempSync(join(tmpdir(), PREFIX))
  writeFileSync(join(directory, OWNER), JSON.stringify(processNow(process.pid)))
  const endWard = startWard(directory)
  return {
    directory,
    up: (kinds) => bringUp({ directory, kinds, specs, cache: cacheRoot(process.env), useFreePorts: true, install: false, clock: systemClock, tell: () => {} }),
    async close() {
      await bringDown({ directory, purge: true, clock: systemClock })
      endWard()
    },
  }
}

/** Ends the servers when this process dies without doing so. In a process group of its own: what ends this one from a terminal does not end it. */
function startWard(directory: string): () => void {
  const ward = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(WARD), directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  // Without it the next run ends what this one left.
  ward.on('error', () => {})
  ward.unref()
  return () => void ward.kill()
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
