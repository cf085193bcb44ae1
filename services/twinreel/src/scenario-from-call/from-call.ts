import type { Capture } from '@twinreel/replay/capture/capture'
import { failureText } from '@twinreel/scenarios/report/failure-text'
import { ScenarioFileError } from '@twinreel/scenarios/language/problem'
import { readScenario } from '@twinreel/scenarios/language/read-scenario'
import { runVirtual } from '@twinreel/scenarios/run/run-virtual'
import { updatedText } from '@twinreel/scenarios/update'
import { readPromptLengths } from '@twinreel/simulator/voices'
import { UnsayableCallError } from './captured-call.ts'
import { outcomePartings } from './same-outcome.ts'
import { scenarioText } from './scenario-text.ts'

export interface ScenarioFromCall {
  text: string
  name: string
  notes: readonly string[]
  /** The file's name of a recordings' owner; `null` for nobody of the call. */
  nameOfOwner(ownerId: string): string | null
  /** Where what becomes of the scenario and what became of the call part. */
  partings: readonly string[]
}

/** Writes the scenario of a call, plays it, and has it expect what came. `keepNames`: people are called as they were. Throws `UnsayableCallError` for a call without words. */
export async function scenarioFromCall(capture: Capture, file: string, { keepNames = false } = {}): Promise<ScenarioFromCall> {
  const { text, cast, notes } = scenarioText(capture, { lengthsMs: readPromptLengths(), keepNames })
  const scenario = readable(file, text)
  const [judged] = await runVirtual([scenario], { seed: null, outDir: null })
  const call = judged?.result.calls[0]
  if (judged === undefined || call === undefined || judged.result.status === 'broken')
    throw new UnsayableCallError(`the scenario could not be played: ${judged?.result.problem ?? 'it has no call'}`)
  const goldens = judged.goldens.map((golden) => ({ ...golden, owners: golden.owners.map((owner) => ({ ...owner, due: null })) }))
  const partings = [...outcomePartings(capture, cast, call), ...(judged.result.status === 'passed' ? [] : [failureText(judged.result)])]
  const told = partings.map((parting) => `# It does not come out as the call did: ${parting.replaceAll('\n', '\n#   ')}\n`).join('')
  return { text: `${told}${updatedText(text, goldens, [...scenario.parties.keys()])}`, name: scenario.name, notes, partings, nameOfOwner: cast.nameOfOwner }
}

function readable(file: string, text: string): ReturnType<typeof readScenario> {
  try {
    return readScenario(file, text)
  } catch (error) {
    if (!(error instanceof ScenarioFileError)) throw error
    throw new UnsayableCallError(`scenarios have no words for this call: ${error.problems.map(({ message }) => message).join('; ')}`)
  }
}
