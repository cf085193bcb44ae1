import type { Command } from 'commander'
import { action, addCommand } from '../program.ts'

export function addRecorder(program: Command): void {
  addCommand(
    program,
    'recorder',
    'Record, as one of as many processes as there are partitions, on Kafka, S3 and PostgreSQL as TWINREEL_… variables name them; until SIGTERM or SIGINT. Prints `ready pid=N` on stdout when it records; its log goes to stderr, one JSON object a line.',
    'TWINREEL_ENGINE=kafka twinreel recorder',
  ).action(
    action(async ({ configuration, output }) => {
      const { runRecorder } = await import('../run-recorder.ts')
      return runRecorder(configuration, (pid) => output.document({ ready: true, pid }, `ready pid=${pid}`))
    }),
  )
}
