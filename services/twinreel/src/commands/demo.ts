import type { Command } from 'commander'
import { action, addCommand } from '../program.ts'

export function addDemo(program: Command): void {
  addCommand(
    program,
    'demo',
    'The whole story on a fresh directory, checking itself; with --engine kafka on topics, a bucket and a database that are made for it and deleted again. Exits 1 when a check does not hold.',
    'twinreel demo --json',
  ).action(
    action(async ({ givenDataDir, place, output }) => {
      const { runDemo } = await import('../demo/demo.ts')
      const progress = output.progress()
      try {
        return await runDemo({
          json: output.isJson,
          ...(givenDataDir === undefined ? {} : { dataDir: givenDataDir }),
          ...(place.kind === 'kafka' ? { servers: place } : {}),
          out: (text: string) => void process.stdout.write(text),
          progress: (text: string) => progress.update(text),
        })
      } finally {
        progress.end()
      }
    }),
  )
}
