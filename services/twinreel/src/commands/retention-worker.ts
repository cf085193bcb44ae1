import type { Command } from 'commander'
import { action, addCommand } from '../program.ts'

export function addRetentionWorker(retention: Command): void {
  addCommand(
    retention,
    'worker',
    'Run retention on its schedule, on an S3 bucket and a PostgreSQL database as TWINREEL_… variables name them; until SIGTERM or SIGINT. Prints `ready pid=N` on stdout.',
    'TWINREEL_ENGINE=kafka twinreel retention worker',
  ).action(
    action(async ({ configuration, output }) => {
      const { runRetentionWorker } = await import('../run-retention-worker.ts')
      return runRetentionWorker(configuration, (pid) => output.document({ ready: true, pid }, `ready pid=${pid}`))
    }),
  )
}
