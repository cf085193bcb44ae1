import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { addCommand, plainAction } from '../program.ts'

export function addScenarioCheck(scenario: Command): void {
  addCommand(
    scenario,
    'check',
    'Whether scenario files say what they mean: every problem with its line, its column and a suggestion. Nothing is run. Exits 2 when a file can’t be used.',
    'twinreel scenario check first.scenario.yaml',
  )
    .argument('<paths...>', 'files, and directories with *.scenario.yaml below them')
    .action(
      plainAction(async ({ output }, _options: never, paths) => {
        const { scenariosAt } = await import('../scenario/scenarios-at.ts')
        const scenarios = scenariosAt(paths)
        await output.document(
          scenarios.map(({ name, file, tags, calls }) => ({ name, file, tags, calls: calls.length })),
          `${scenarios.length} scenario${scenarios.length === 1 ? '' : 's'}, nothing wrong`,
        )
        return EXIT.done
      }),
    )
}
