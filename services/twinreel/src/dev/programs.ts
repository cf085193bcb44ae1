import { engineError } from '../command-error.ts'
import { aptInstall } from './apt.ts'
import type { ServerKind } from './server-spec.ts'
import { SERVER_SPECS } from './server-specs.ts'
import { findTool, type MissingTool, type ToolName } from './tools.ts'

/** The directory of programs of each of these servers, fetched or built into the cache where that was not done before. */
export async function ensurePrograms(
  kinds: readonly ServerKind[],
  { cache, install, tell }: { cache: string; install: boolean; tell(text: string): void },
): Promise<ReadonlyMap<ServerKind, string>> {
  await ensureTools(kinds, { cache, install, tell })
  const programs = new Map<ServerKind, string>()
  for (const kind of kinds) {
    const spec = SERVER_SPECS[kind]
    const found = await spec.installed(cache)
    if (found === null) tell(`fetching ${spec.title}, once; this may take minutes`)
    programs.set(kind, found ?? (await spec.install(cache, () => tell(`another run is fetching ${spec.title}`))))
  }
  return programs
}

/** Those that can't be started without fetching or installing something first. */
export async function notInstalled(kinds: readonly ServerKind[], cache: string): Promise<ServerKind[]> {
  const lacking: ServerKind[] = []
  for (const kind of kinds) {
    const missing = await missingTools(SERVER_SPECS[kind].runTools)
    if (missing.length > 0 || (await SERVER_SPECS[kind].installed(cache)) === null) lacking.push(kind)
  }
  return lacking
}

async function ensureTools(
  kinds: readonly ServerKind[],
  { cache, install, tell }: { cache: string; install: boolean; tell(text: string): void },
): Promise<void> {
  const tools = new Set<ToolName>()
  for (const kind of kinds) {
    const spec = SERVER_SPECS[kind]
    for (const tool of spec.runTools) tools.add(tool)
    if (spec.buildTools.length > 0 && (await spec.installed(cache)) === null) for (const tool of spec.buildTools) tools.add(tool)
  }
  await requireTools([...tools], { install, tell, who: 'local servers' })
  if (install) await installBeside(kinds, tell)
}

/** Installs what is missing of these tools, if it may; throws an engine's `CommandError` that names what is missing then. */
export async function requireTools(
  tools: readonly ToolName[],
  { install, tell, who }: { install: boolean; tell(text: string): void; who: string },
): Promise<void> {
  let missing = await missingTools(tools)
  const packages = missing.flatMap(({ debian }) => (debian === null ? [] : [debian]))
  if (install && packages.length > 0) {
    tell(`installing ${packages.join(', ')}`)
    await aptInstall(packages)
    missing = await missingTools(tools)
  }
  if (missing.length === 0) return
  throw engineError(
    `${who} need what this machine lacks:\n${missing.map(({ text }) => `  ${text}`).join('\n')}`,
    packages.length > 0 && !install ? 'install it, or as root on Debian or Ubuntu run again with --install' : 'install it and run again',
  )
}

/** The servers run without them: where they can't be installed it is told, and no more. */
async function installBeside(kinds: readonly ServerKind[], tell: (text: string) => void): Promise<void> {
  const missing = await missingTools(kinds.flatMap((kind) => SERVER_SPECS[kind].besideTools ?? []))
  const packages = missing.flatMap(({ debian }) => (debian === null ? [] : [debian]))
  if (packages.length === 0) return
  tell(`installing ${packages.join(', ')}`)
  try {
    await aptInstall(packages)
  } catch (error) {
    tell(`${packages.join(', ')} not installed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function missingTools(tools: readonly ToolName[]): Promise<MissingTool[]> {
  const found = await Promise.all(tools.map(findTool))
  return found.flatMap((answer) => ('path' in answer ? [] : [answer]))
}
