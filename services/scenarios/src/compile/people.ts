import { namespaceOf, type People } from '@twinreel/simulator/people'
import { DEFAULT_SETTINGS } from '@twinreel/recording/settings'
import type { Scenario } from '../language/scenario.ts'
import type { ScenarioIds } from './ids.ts'

/** The organization of a scenario as its administrators would enter it. */
export function peopleOf(scenario: Scenario, ids: ScenarioIds): People {
  return {
    orgId: ids.orgId,
    name: scenario.name.slice(0, 200),
    partnerId: 'scenarios',
    idNamespace: namespaceOf(scenario.seed),
    rules: scenario.rules,
    users: scenario.users.map(({ name, displayName, number, tier, settings }) => ({
      userId: ids.userId(name),
      displayName,
      number,
      tier,
      settings: settings ?? DEFAULT_SETTINGS,
      isOff: settings === null,
    })),
  }
}
