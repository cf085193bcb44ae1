import { join } from 'node:path'
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { addCommand, plainAction } from '../program.ts'

export function addDevStatus(dev: Command): void {
  addCommand(
    dev,
    'status',
    'What the servers of `dev up` do now: ready, silent (runs, but does not do its work) or down. Exits 1 when one is not ready or there are none.',
    'twinreel dev status --json',
  ).action(
    plainAction(async ({ dataDir, output }) => {
      const { cacheRoot } = await import('../dev/cache.ts')
      const { serverStatus } = await import('../dev/status.ts')
      const { orDash } = await import('../format.ts')
      const servers = await serverStatus(join(dataDir, 'dev'), cacheRoot(process.env))
      await output.list(servers, {
        columns: [
          { head: 'server', cell: ({ kind }) => kind },
          { head: 'state', cell: ({ state }) => state },
          { head: 'program', cell: ({ title }) => title },
          { head: 'address', cell: ({ address }) => address },
          { head: 'pid', cell: ({ pid }) => orDash(pid) },
          { head: 'log', cell: ({ logFile }) => logFile },
        ],
        json: (server) => server,
        empty: 'no servers; start them with `twinreel dev up`',
      })
      return servers.length > 0 && servers.every(({ state }) => state === 'ready') ? EXIT.done : EXIT.checkFailed
    }),
  )
}
