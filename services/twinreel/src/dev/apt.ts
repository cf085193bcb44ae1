import { existsSync } from 'node:fs'
import { engineError } from '../command-error.ts'
import { runTool } from './run-tool.ts'

const APT = '/usr/bin/apt-get'

/** Installs packages of the system's own distribution; throws an engine's `CommandError` where that can't be done. */
export async function aptInstall(packages: readonly string[]): Promise<void> {
  if (!existsSync(APT)) throw engineError('this system has no apt-get', `install what corresponds to Debian's ${packages.join(', ')}`)
  if (process.getuid?.() !== 0) throw engineError('installing packages takes root', `sudo apt-get install ${packages.join(' ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await runTool(APT, ['update', '-qq'], { env })
  await runTool(APT, ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env })
}
