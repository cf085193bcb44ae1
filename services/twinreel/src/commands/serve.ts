import type { Command } from 'commander'
import { action, addCommand } from '../program.ts'

export function addServe(program: Command): void {
  addCommand(
    program,
    'serve',
    'Run every service in one process, until SIGTERM, SIGINT or `twinreel stop`. Prints `ready pid=N` on stdout when it records; its log goes to stderr, one JSON object a line. One per data directory: a second one exits 2.',
    'twinreel serve --data /var/lib/twinreel',
  ).action(
    action(async ({ dataDir, output }) => {
      const { serve } = await import('../serve.ts')
      return serve({ dataDir, ready: (pid) => output.document({ ready: true, pid }, `ready pid=${pid}`) })
    }),
  )
}
