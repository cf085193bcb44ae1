import { join } from 'node:path'
import type { Clock } from '@twinreel/service/clock'
import { engineError } from '../command-error.ts'
import type { DevState, ServerRecord } from './dev-state.ts'
import { isFree } from './ports.ts'
import { isRunning, type ProcessIdentity } from './process-identity.ts'
import { startProcess, stopProcess, waitUntilReady } from './server-process.ts'
import type { ServerKind, ServerPlace, ServerSpec } from './server-spec.ts'
import { SERVER_SPECS } from './server-specs.ts'

const OUTPUT = 'server.log'
const READY_WITHIN_MS = 90_000

/** Where a recorded server runs; its programs must be installed. */
export function placeOf(programs: string, { secret }: Pick<DevState, 'secret'>, { directory, ports }: ServerRecord): ServerPlace {
  return { programs, directory, ports, secret }
}

/** Where to look when something is wrong with it. */
export function logFileOf({ logName }: Pick<ServerSpec, 'logName'>, { directory }: { directory: string }): string {
  return join(directory, logName)
}

/** Starts the server; it is not ready yet. Throws an engine's `CommandError` when one of its ports is taken. */
export async function launch(spec: ServerSpec, place: ServerPlace): Promise<ProcessIdentity> {
  for (const port of place.ports) {
    if (!(await isFree(port)))
      throw engineError(`${spec.title}: port ${port} of 127.0.0.1 is taken`, 'end what listens there, or take other ports with --free-ports in a new directory')
  }
  await spec.prepare(place)
  return await startProcess(await spec.program(place), { directory: place.directory, outputFile: join(place.directory, OUTPUT) })
}

/** Resolves when the server does its work. */
export async function ready(spec: ServerSpec, place: ServerPlace, identity: ProcessIdentity, clock: Clock): Promise<void> {
  const logFiles = [...new Set([logFileOf(spec, place), join(place.directory, OUTPUT)])]
  await waitUntilReady(identity, { title: spec.title, logFiles, withinMs: READY_WITHIN_MS, clock, probe: () => spec.probe(place) })
}

/** Ends a server that runs; answers whether it did. */
export async function endServer(kind: ServerKind, { process: identity }: ServerRecord, clock: Clock): Promise<boolean> {
  if (identity === null) return false
  return await stopProcess(identity, SERVER_SPECS[kind].stopSignal, clock)
}

/** Whether the server's own process runs. */
export function runs({ process: identity }: ServerRecord): boolean {
  return identity !== null && isRunning(identity)
}
