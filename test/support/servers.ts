import { cacheRoot } from '@twinreel/twinreel/dev/cache'
import { testVariables } from '@twinreel/twinreel/dev/dev-environment'
import { ensurePrograms, notInstalled } from '@twinreel/twinreel/dev/programs'
import { SERVER_KINDS, type ServerKind } from '@twinreel/twinreel/dev/server-spec'
import type { TestProject } from 'vitest/node'
import { containersAreThere, startContainers } from './servers/containers.ts'
import { temporaryServers } from './servers/temporary.ts'
import { ADDRESS_VARIABLES, wantedBy } from './servers/wanted.ts'

type Close = () => Promise<void>

/**
 * Real servers for the tests that are about to run, before the first of them (vitest's `globalSetup`). Each server that one of them looks for is, in this order: the one
 * that the environment names; one in a container, where an engine answers; one on this machine, if its program was fetched before. Else tests against it skip, and a
 * line says so. With CI=true programs are fetched, and a server that is missing fails the run.
 */
export async function setup(project: TestProject): Promise<Close> {
  const isCi = process.env['CI'] === 'true'
  const { kinds, hasPrivate } = wantedBy(await filesToRun(project))
  const closes: Close[] = []
  const close = async () => void (await Promise.all(closes.map((closeOne) => closeOne())))
  try {
    // In CI a test that starts servers of its own must find their programs, and not skip.
    if (isCi && hasPrivate) await ensurePrograms(SERVER_KINDS, { cache: cacheRoot(process.env), install: false, tell })
    const notGiven = kinds.filter((kind) => !isGiven(kind))
    if (notGiven.length > 0 && (await containersAreThere())) closes.push(await startInContainers(notGiven))
    const lacking = kinds.filter((kind) => !isGiven(kind))
    if (lacking.length > 0) closes.push(await startLocal(lacking, isCi))
    for (const kind of kinds.filter((wanted) => !isGiven(wanted)))
      tell(`no ${kind}: tests against it are skipped; run \`twinreel dev up ${kind}\` once to have them run`)
    return close
  } catch (error) {
    await close()
    throw error
  }
}

async function startInContainers(kinds: readonly ServerKind[]): Promise<Close> {
  try {
    const { variables, close } = await startContainers(kinds)
    Object.assign(process.env, variables)
    return close
  } catch (error) {
    // An engine without a way to the images, say; local programs may do.
    tell(`servers could not be started in containers: ${error instanceof Error ? error.message : String(error)}`)
    return () => Promise.resolve()
  }
}

async function startLocal(kinds: readonly ServerKind[], isCi: boolean): Promise<Close> {
  const cache = cacheRoot(process.env)
  if (isCi) await ensurePrograms(kinds, { cache, install: false, tell })
  const missing = new Set(await notInstalled(kinds, cache))
  const startable = kinds.filter((kind) => !missing.has(kind))
  if (startable.length === 0) return () => Promise.resolve()
  const servers = await temporaryServers()
  try {
    Object.assign(process.env, testVariables(await servers.up(startable)))
    return servers.close
  } catch (error) {
    await servers.close()
    throw error
  }
}

function isGiven(kind: ServerKind): boolean {
  return (process.env[ADDRESS_VARIABLES[kind]] ?? '') !== ''
}

async function filesToRun(project: TestProject): Promise<string[]> {
  // What was typed behind `vitest run`; not in the interface, so all files count where it is gone.
  const { filenamePattern } = project.vitest as { filenamePattern?: unknown }
  const filters = Array.isArray(filenamePattern) ? filenamePattern.map(String) : []
  return (await project.globTestFiles(filters)).testFiles
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}
