import { cacheRoot } from '@twinreel/twinreel/dev/cache'
import { testVariables } from '@twinreel/twinreel/dev/dev-environment'
import { ensurePrograms, notInstalled } from '@twinreel/twinreel/dev/programs'
import { DEFAULT_KINDS } from '@twinreel/twinreel/dev/server-spec'
import { temporaryServers } from '../../support/servers/temporary.ts'
import { ADDRESS_VARIABLES } from '../../support/servers/wanted.ts'
import { addressesIn, type Addresses, type Environment } from './addresses.ts'

export interface FoundServers {
  addresses: Addresses
  /** Ends those that were started for the bench. */
  close(): Promise<void>
}

/**
 * The servers that the environment names, and for those it does not name new ones on this machine, in the same way as the tests have theirs. With CI=true their programs
 * are fetched first; else one that was never fetched is an error that says how.
 */
export async function findServers(): Promise<FoundServers> {
  const lacking = DEFAULT_KINDS.filter((kind) => (process.env[ADDRESS_VARIABLES[kind]] ?? '') === '')
  const cache = cacheRoot(process.env)
  if (process.env['CI'] === 'true') await ensurePrograms(lacking, { cache, install: false, tell: (text) => console.error(text) })
  const missing = await notInstalled(lacking, cache)
  if (missing.length > 0) {
    const variables = missing.map((kind) => ADDRESS_VARIABLES[kind]).join(', ')
    throw new Error(`no ${missing.join(', ')} to bench on: run \`twinreel dev up ${missing.join(' ')}\` once, or set ${variables}`)
  }
  if (lacking.length === 0) return { addresses: complete(process.env), close: () => Promise.resolve() }
  const local = await temporaryServers()
  try {
    return { addresses: complete({ ...process.env, ...testVariables(await local.up(lacking)) }), close: local.close }
  } catch (error) {
    await local.close()
    throw error
  }
}

function complete(environment: Environment): Addresses {
  const addresses = addressesIn(environment)
  if ('missing' in addresses) throw new Error(`${addresses.missing.join(', ')} must be set`)
  return addresses
}
