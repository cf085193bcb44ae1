import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addScenarioCheck } from './scenario-check.ts'
import { addScenarioFromCall } from './scenario-from-call.ts'
import { addScenarioRun } from './scenario-run.ts'

export function addScenario(program: Command): void {
  const scenario = addCommand(program, 'scenario', 'Calls as files: what happens in them, and what must become of it.', 'twinreel scenario run test/scenarios')
  addScenarioRun(scenario)
  addScenarioCheck(scenario)
  addScenarioFromCall(scenario)
}
