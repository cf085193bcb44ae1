import { systemClock } from '@twinreel/service/clock'
import { cacheRoot } from '@twinreel/twinreel/dev/cache'
import { engineVariables, testVariables } from '@twinreel/twinreel/dev/dev-environment'
import { isRunning, signalProcess, type ProcessIdentity } from '@twinreel/twinreel/dev/process-identity'
import { notInstalled } from '@twinreel/twinreel/dev/programs'
import { provision } from '@twinreel/twinreel/dev/provision'
import { stopProcess } from '@twinreel/twinreel/dev/server-process'
import type { ServerKind } from '@twinreel/twinreel/dev/server-spec'
import type { UpServer } from '@twinreel/twinreel/dev/up'
import { expect, vi } from 'vitest'
import { processTree } from './process-tree.ts'
import { temporaryServers, type TemporaryServers } from './servers/temporary.ts'

const KILLED_WITHIN_MS = 10_000

/** A server that a test may do anything to. Its address and its data stay the same over stops and starts. */
export interface PrivateServer {
  readonly host: '127.0.0.1'
  readonly port: number
  /** Its process now. */
  process(): ProcessIdentity
  /** Ends it in order, as an operator would. */
  stop(): Promise<void>
  /** Ends it at once (SIGKILL), with all its processes. */
  kill(): Promise<void>
  /** Starts it again and waits until it does its work. */
  start(): Promise<void>
  restart(): Promise<void>
  /** SIGSTOP to all its processes: connections stay open and nothing is answered. */
  freeze(): void
  thaw(): void
}

export interface PrivateServers {
  /** Throws for a kind that was not started. */
  of(kind: ServerKind): PrivateServer
  /** With which a process of Twinreel's uses them (TWINREEL_ENGINE and so on); the bucket and the database exist. */
  readonly engineVariables: Readonly<Record<string, string>>
  /** As test suites find servers (TWINREEL_TEST_KAFKA and so on). */
  readonly testVariables: Readonly<Record<string, string>>
  /** Ends them and deletes their data. */
  close(): Promise<void>
}

/** Which of the kinds can't be started here because they were never fetched; in CI they all were. For `describe.skipIf`. */
export async function missingPrograms(kinds: readonly ServerKind[]): Promise<ServerKind[]> {
  return await notInstalled(kinds, cacheRoot(process.env))
}

/** Starts servers of the test's own on free ports and waits until they do their work. */
export async function startPrivateServers(kinds: readonly ServerKind[]): Promise<PrivateServers> {
  const temporary = await temporaryServers()
  try {
    const up = await temporary.up(kinds)
    for (const { spec, place } of up) await provision(spec, place)
    const servers = new Map(up.map((server) => [server.spec.kind, privateServer(server, temporary)]))
    return {
      of(kind) {
        const server = servers.get(kind)
        if (server === undefined) throw new Error(`${kind} was not started`)
        return server
      },
      engineVariables: engineVariables(up),
      testVariables: testVariables(up),
      close: temporary.close,
    }
  } catch (error) {
    await temporary.close()
    throw error
  }
}

function privateServer(first: UpServer, temporary: TemporaryServers): PrivateServer {
  const { spec, place } = first
  let identity = first.process
  const server: PrivateServer = {
    host: '127.0.0.1',
    port: place.ports[0] ?? 0,
    process: () => identity,
    stop: async () => void (await stopProcess(identity, spec.stopSignal, systemClock)),
    async kill() {
      const all = processTree(identity)
      for (const one of all) signalProcess(one, 'SIGKILL')
      await vi.waitFor(() => expect(all.filter(isRunning)).toEqual([]), { timeout: KILLED_WITHIN_MS })
    },
    async start() {
      const [again] = await temporary.up([spec.kind])
      if (again !== undefined) identity = again.process
    },
    async restart() {
      await server.stop()
      await server.start()
    },
    freeze() {
      for (const one of processTree(identity)) signalProcess(one, 'SIGSTOP')
    },
    thaw() {
      for (const one of processTree(identity)) signalProcess(one, 'SIGCONT')
    },
  }
  return server
}
