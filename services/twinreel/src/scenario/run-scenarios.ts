import { readFileSync, writeFileSync } from 'node:fs'
import { selected } from '@twinreel/scenarios/find-files'
import type { Scenario } from '@twinreel/scenarios/language/scenario'
import { failureText } from '@twinreel/scenarios/report/failure-text'
import { htmlPage } from '@twinreel/scenarios/report/html-page'
import { junitXml } from '@twinreel/scenarios/report/junit'
import type { ScenarioResult } from '@twinreel/scenarios/result'
import { runResult } from '@twinreel/scenarios/run-result'
import type { Judged } from '@twinreel/scenarios/run/judge-scenario'
import { runRealtime } from '@twinreel/scenarios/run/run-realtime'
import { runVirtual, type RunOptions } from '@twinreel/scenarios/run/run-virtual'
import { systemClock } from '@twinreel/service/clock'
import { updatedText } from '@twinreel/scenarios/update'
import { makeDataDir } from '../catalog-file.ts'
import { usageError } from '../command-error.ts'
import { openPlace } from '../engines.ts'
import type { Configuration } from '../environment/read-environment.ts'
import { EXIT } from '../exit-codes.ts'
import { makeDirectory } from '../make-directory.ts'
import { mustBeWritable, writeWhole } from '../export/write-whole.ts'
import type { Output } from '../output.ts'
import type { Place } from '../place.ts'
import { waitForRecorder } from '../wait-for-recorder.ts'
import { runDisplay } from './run-display.ts'
import { scenariosAt } from './scenarios-at.ts'

export interface ScenarioRequest {
  realtime?: true
  tag?: string[]
  shard?: { index: number; of: number }
  seed?: number
  update?: true
  out?: string
  junit?: string
  html?: string
}

const RECORDER_WITHIN_MS = 30_000

/** Runs scenarios and tells of each as soon as it is known; then what failed, and how to run it again. Answers the exit code. */
export async function runScenarios(paths: readonly string[], configuration: Configuration, output: Output, request: ScenarioRequest): Promise<number> {
  const { tag: tags = [], shard = null, seed = null, out } = request
  const all = scenariosAt(paths)
  const scenarios = selected(all, { tags, shard })
  if (request.realtime === true && request.update === true)
    throw usageError('--update and --realtime exclude each other', 'goldens are exact, so they are written in virtual time')
  if (request.update === true && seed !== null)
    throw usageError('--update and --seed exclude each other', 'a file expects what comes of its own seed: change `seed` in it')
  if (scenarios.length === 0 && (shard === null || selected(all, { tags, shard: null }).length === 0))
    throw usageError(`no scenario has the tag ${tags.join(' or ')}`, '`twinreel scenario check --json` lists tags')
  // Before anything is played that could not be told then.
  for (const path of [request.junit, request.html]) if (path !== undefined) await mustBeWritable(path)
  if (out !== undefined) makeDirectory(out)
  const startedMs = performance.now()
  const display = runDisplay(output, { scenarios, now: () => performance.now(), every })
  const judged = await play(scenarios, request.realtime === true ? configuration.place : null, {
    seed,
    outDir: out ?? null,
    onPlay: display.onPlay,
    onResult: ({ result }) => display.onResult(result),
  }).finally(() => display.end())
  const result = runResult(
    { mode: request.realtime === true ? 'realtime' : 'virtual', seed, shard, tags },
    judged.map((one) => one.result),
    (performance.now() - startedMs) / 1_000,
  )
  if (request.update === true) await update(scenarios, judged, output)
  const failures = result.scenarios.filter(({ status }) => status !== 'passed').map(failureText)
  const { passed, failed, broken } = result
  if (shard !== null && scenarios.length === 0) output.note(`note: shard ${shard.index}/${shard.of} has none of ${all.length} scenarios`)
  const counts = [`${passed} passed`, ...(failed === 0 ? [] : [`${failed} failed`]), ...(broken === 0 ? [] : [`${broken} could not be run`])]
  await output.document(
    result,
    [...(failures.length === 0 ? [] : ['', failures.join('\n\n')]), '', `${counts.join(', ')} in ${result.seconds.toFixed(1)} s`].join('\n'),
  )
  if (request.junit !== undefined) await writeText(request.junit, junitXml(result))
  if (request.html !== undefined) await writeText(request.html, htmlPage(result))
  const isRight = request.update === true ? broken === 0 && !result.scenarios.some(hasMissThatStays) : failed + broken === 0
  return isRight ? EXIT.done : EXIT.checkFailed
}

function every(ms: number, callback: () => void): () => void {
  const timer = setInterval(callback, ms)
  return () => clearInterval(timer)
}

/** The audio, and who was in the call at all, are nothing that could be written down as expected. */
function hasMissThatStays({ calls }: ScenarioResult): boolean {
  return calls.some(
    ({ expectations, owners }) =>
      expectations.some(({ met, about }) => !met && (about === 'audio' || about === 'outcome')) ||
      owners.some((owner) => owner.expectations.some(({ met, about }) => !met && about === 'audio')),
  )
}

async function writeText(path: string, text: string): Promise<void> {
  await writeWhole(path, (sink) => sink(new TextEncoder().encode(text)))
}

/** In this process and virtual time, or in real time at a place where a recorder runs. */
async function play(scenarios: readonly Scenario[], place: Place | null, options: RunOptions): Promise<Judged[]> {
  if (place === null) return runVirtual(scenarios, options)
  if (place.kind === 'embedded') makeDataDir(place.dataDir)
  const engines = await openPlace(place)
  try {
    // Calls that nobody records must not lie in the log, where the next recorder would find half of them.
    await waitForRecorder(place, { clock: systemClock, withinMs: RECORDER_WITHIN_MS, onWait: () => undefined })
    const recorder = { options: place.kind === 'embedded' ? ['--data', place.dataDir] : ['--engine', place.kind] }
    return await runRealtime(scenarios, engines, { ...options, recorder })
  } finally {
    await engines.close()
  }
}

async function update(scenarios: readonly Scenario[], judged: readonly Judged[], output: Output): Promise<void> {
  for (const [i, { file, parties }] of scenarios.entries()) {
    const goldens = judged[i]?.goldens ?? []
    const before = readFileSync(file, 'utf8')
    const after = updatedText(before, goldens, [...parties.keys()])
    if (after === before) continue
    writeFileSync(file, after)
    await output.line(`written: ${file}`)
  }
}
