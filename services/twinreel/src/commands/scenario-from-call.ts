import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { usageError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'
import { addCommand, plainAction } from '../program.ts'

export function addScenarioFromCall(scenario: Command): void {
  addCommand(
    scenario,
    'from-call',
    'Write a captured call as a scenario: who was in it, what happened and what became of it, without what was said, names, numbers or ids. It is played at once; exits 1 when it does not come out as the call did, 2 when scenarios have no words for the call.',
    'twinreel scenario from-call test/replays/card-number.ndjson --out card-number.scenario.yaml',
  )
    .argument('<capture>', 'a file that `twinreel log capture` wrote')
    .option('--out <file>', 'where to write it (default: NAME.scenario.yaml here)')
    .option('--keep-names', 'call people by their display names or ids instead of invented names')
    .option('--force', 'replace a file of that name')
    .action(
      plainAction(async ({ output }, { out, force = false, keepNames = false }: { out?: string; force?: boolean; keepNames?: boolean }, [path = '']) => {
        const file = out ?? `${basename(path).replace(/\.ndjson(?:\.gz)?$/, '')}.scenario.yaml`
        if (existsSync(file) && !force) throw usageError(`${file} is there already`, 'name another file with --out, or replace it with --force')
        const [{ readCapture }, { scenarioFromCall }, { writeWhole }] = await Promise.all([
          import('@twinreel/replay/capture/read'),
          import('../scenario-from-call/from-call.ts'),
          import('../export/write-whole.ts'),
        ])
        const { text, name, notes, partings } = await scenarioFromCall(await readCapture(path), file, { keepNames })
        await writeWhole(file, (sink) => sink(new TextEncoder().encode(text)))
        for (const parting of partings) output.note(`note: it does not come out as the call did: ${parting}`)
        await output.document({ file, scenario: name, notes, partings }, `written: ${file}`)
        return partings.length === 0 ? EXIT.done : EXIT.checkFailed
      }),
    )
}
