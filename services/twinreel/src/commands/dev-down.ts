import { join } from 'node:path'
import type { Command } from 'commander'
import { addCommand, plainAction } from '../program.ts'

export function addDevDown(dev: Command): void {
  addCommand(dev, 'down', 'Stop the servers that `dev up` started on the data directory; their data stays.', 'twinreel dev down --purge')
    .option('--purge', 'delete their data as well')
    .action(
      plainAction(async ({ dataDir, output }, { purge }: { purge?: boolean }) => {
        const { bringDown } = await import('../dev/down.ts')
        const { systemClock } = await import('@twinreel/service/clock')
        const stopped = await bringDown({ directory: join(dataDir, 'dev'), purge: purge === true, clock: systemClock })
        const what = stopped.length === 0 ? 'nothing ran' : `stopped ${stopped.join(', ')}`
        await output.document({ stopped, purged: purge === true }, purge === true ? `${what}; data deleted` : what)
        return 0
      }),
    )
}
