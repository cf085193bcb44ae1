import type { Command } from 'commander'
import { action, addCommand } from '../program.ts'

export function addStop(program: Command): void {
  addCommand(
    program,
    'stop',
    'Drain the `serve` that runs on the data directory, and wait until it is gone. Exits 1 when none runs, or when it is not gone after 60 seconds.',
    'twinreel stop --data /var/lib/twinreel',
  ).action(
    action(async ({ dataDir, output }) => {
      const { stopServe } = await import('../stop-serve.ts')
      const { systemClock } = await import('@twinreel/service/clock')
      const progress = output.progress()
      const pid = await stopServe(dataDir, { clock: systemClock, onWait: (text) => progress.update(text) })
      progress.end()
      await output.document({ stopped: true, pid }, `stopped pid=${pid}`)
      return 0
    }),
  )
}
