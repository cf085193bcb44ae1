import { InvalidArgumentError, type Command } from 'commander'
import { wholeNumber } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import type { ScenarioRequest } from '../scenario/run-scenarios.ts'

export function addScenarioRun(scenario: Command): void {
  addCommand(
    scenario,
    'run',
    'Play scenarios to the recorder and compare what becomes of them with what they expect. In virtual time: an hour of a call takes seconds, in this process, and the result is exact to the sample. Exits 1 when an expectation is missed, 2 when a file can’t be used.',
    'twinreel scenario run test/scenarios --tag pause --html report.html',
  )
    .argument('<paths...>', 'files, and directories with *.scenario.yaml below them')
    .option(
      '--realtime',
      'play in real time to a recorder that runs (`serve` on --data, or recorders with --engine kafka); times may differ as the scenario says',
    )
    .option('--tag <tag...>', 'only scenarios with one of these tags')
    .option('--shard <i/n>', 'only every nth scenario, from the ith on', shard)
    .option('--seed <n>', 'of speech and faults, in place of the scenarios’ own', wholeNumber(0))
    .option('--update', 'write what came into the files, as what they expect from now on')
    .option('--out <dir>', 'write the difference of each mismatch there, as WAV')
    .option('--junit <file>', 'write JUnit XML')
    .option('--html <file>', 'write a page with a picture of each call; it needs nothing else')
    .action(
      action(async ({ configuration, output }, options: ScenarioRequest, paths) => {
        const { runScenarios } = await import('../scenario/run-scenarios.ts')
        return runScenarios(paths, configuration, output, options)
      }),
    )
}

function shard(text: string): { index: number; of: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text)
  const [index, of] = [Number(match?.[1]), Number(match?.[2])]
  if (match === null || index < 1 || index > of) throw new InvalidArgumentError('It must be I/N, such as 1/4: the first of four.')
  return { index, of }
}
