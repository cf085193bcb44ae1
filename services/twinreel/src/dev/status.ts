import { readState } from './dev-state.ts'
import { logFileOf, placeOf, runs } from './local-server.ts'
import { SERVER_KINDS, type ServerKind } from './server-spec.ts'
import { SERVER_SPECS } from './server-specs.ts'

export interface ServerStatus {
  kind: ServerKind
  title: string
  /** `silent`: its process runs, but it does not do its work. */
  state: 'ready' | 'silent' | 'down'
  pid: number | null
  address: string
  logFile: string
}

/** What the servers of a directory do now; each that runs is asked to do its work once. */
export async function serverStatus(directory: string, cache: string): Promise<ServerStatus[]> {
  const state = readState(directory)
  const all = SERVER_KINDS.map(async (kind): Promise<ServerStatus[]> => {
    const [spec, record] = [SERVER_SPECS[kind], state.servers[kind]]
    if (record === undefined) return []
    const place = placeOf((await spec.installed(cache)) ?? '', state, record)
    const isUp = runs(record)
    const works =
      isUp &&
      (await spec.probe(place).then(
        () => true,
        () => false,
      ))
    return [
      {
        kind,
        title: spec.title,
        state: works ? 'ready' : isUp ? 'silent' : 'down',
        pid: isUp ? (record.process?.pid ?? null) : null,
        address: `127.0.0.1:${record.ports[0]}`,
        logFile: logFileOf(spec, record),
      },
    ]
  })
  return (await Promise.all(all)).flat()
}
