import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { addCommand, plainAction } from '../program.ts'

export function addDevBrowser(dev: Command): void {
  addCommand(
    dev,
    'browser',
    'Where the browser is in which tests open the pages that Twinreel writes. Exits 3 when there is none.',
    'twinreel dev browser --install',
  )
    .option('--install', 'as root on Debian: install one if it is missing')
    .action(
      plainAction(async ({ output }, { install }: { install?: true }) => {
        const { requireTools } = await import('../dev/programs.ts')
        const { toolPath } = await import('../dev/tools.ts')
        await requireTools(['browser'], { install: install === true, tell: (text) => output.note(text), who: 'tests of pages' })
        const path = await toolPath('browser')
        await output.document({ browser: path }, path)
        return EXIT.done
      }),
    )
}
