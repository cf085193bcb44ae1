import type { Command } from 'commander'
import { action, addCommand } from '../program.ts'
import { wholeNumber } from '../option-values.ts'

export function addServe(program: Command): void {
  addCommand(
    program,
    'serve',
    'Run every service in one process, until SIGTERM, SIGINT or `twinreel stop`. Prints `ready pid=N` on stdout when it records; its log goes to stderr, one JSON object a line. One per data directory: a second one exits 2.',
    'twinreel serve --data /var/lib/twinreel',
  )
    .option(
      '--log-retention-hours <hours>',
      'how long the call log keeps audio that every recording of it has; never less than recording needs',
      wholeNumber(1),
      72,
    )
    .action(
      action(async ({ configuration, output }, { logRetentionHours }: { logRetentionHours: number }) => {
        const { serve } = await import('../serve.ts')
        return serve({
          configuration,
          logRetentionMs: logRetentionHours * 3_600_000,
          ready: (pid) => output.document({ ready: true, pid }, `ready pid=${pid}`),
        })
      }),
    )
}
