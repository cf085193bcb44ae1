import { existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '@twinreel/service/clock'
import { readState, writeState, type DevState, type ServerRecord } from './dev-state.ts'
import { withFileLock } from './file-lock.ts'
import { launch, placeOf, ready, runs } from './local-server.ts'
import { freePorts } from './ports.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { ensurePrograms } from './programs.ts'
import type { ServerKind, ServerPlace, ServerSpec } from './server-spec.ts'
import { SERVER_SPECS } from './server-specs.ts'

export interface UpOptions {
  /** Holds the servers' data and `servers.json`. */
  directory: string
  cache: string
  kinds: readonly ServerKind[]
  /** How servers of some kinds are run, where not as usual. */
  specs?: Partial<Readonly<Record<ServerKind, ServerSpec>>>
  /** Take any free ports for servers that are new in the directory, instead of their usual ones. */
  useFreePorts: boolean
  /** Install missing packages of the system, as root. */
  install: boolean
  clock: Clock
  tell(text: string): void
}

export interface UpServer {
  spec: ServerSpec
  place: ServerPlace
  process: ProcessIdentity
  ranBefore: boolean
}

/** Brings servers up and waits until each does its work; those that run stay as they are. Throws an engine's `CommandError`; what has started then goes on running. */
export async function bringUp(options: UpOptions): Promise<UpServer[]> {
  const { directory, cache, kinds, install, tell } = options
  const programs = await ensurePrograms(kinds, { cache, install, tell })
  return await withFileLock(
    join(directory, 'servers.lock'),
    () => start(options, programs),
    () => tell('another `twinreel dev` is at work'),
  )
}

async function start(options: UpOptions, programs: ReadonlyMap<ServerKind, string>): Promise<UpServer[]> {
  const { directory, kinds, useFreePorts, clock, tell } = options
  const specs = { ...SERVER_SPECS, ...options.specs }
  const state = readState(directory)
  await addRecords(state, { directory, kinds, useFreePorts, specs })
  writeState(directory, state)
  const outcomes = await Promise.allSettled(
    kinds.map(async (kind): Promise<UpServer> => {
      const [spec, record] = [specs[kind], state.servers[kind]]
      if (record === undefined) throw new Error(`no record of ${kind}`)
      const place = placeOf(programs.get(kind) ?? '', state, record)
      const ranBefore = runs(record)
      if (!ranBefore) tell(`starting ${spec.title}`)
      const identity = (ranBefore ? record.process : null) ?? (await launch(spec, place))
      record.process = identity
      // At once: whoever is killed while it waits must leave a way to end what it started.
      writeState(directory, state)
      await ready(spec, place, identity, clock)
      return { spec, place, process: identity, ranBefore }
    }),
  )
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

async function addRecords(
  state: DevState,
  { directory, kinds, useFreePorts, specs }: Pick<UpOptions, 'directory' | 'kinds' | 'useFreePorts'> & { specs: Readonly<Record<ServerKind, ServerSpec>> },
): Promise<void> {
  const newKinds = kinds.filter((kind) => state.servers[kind] === undefined)
  const free = useFreePorts ? await freePorts(newKinds.flatMap((kind) => specs[kind].defaultPorts).length) : []
  for (const kind of kinds) {
    const spec = specs[kind]
    const record: ServerRecord = state.servers[kind] ?? {
      directory: await directoryFor(spec, directory),
      ports: useFreePorts ? free.splice(0, spec.defaultPorts.length) : spec.defaultPorts,
      process: null,
    }
    mkdirSync(record.directory, { recursive: true })
    state.servers[kind] = record
  }
}

/** A server that runs as another user than we often can't reach our directories: its data lies where everybody may go. */
async function directoryFor(spec: ServerSpec, directory: string): Promise<string> {
  if ((await spec.user()) === null) return join(directory, spec.kind)
  return mkdtempSync(join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), `twinreel-${spec.kind}-`))
}
