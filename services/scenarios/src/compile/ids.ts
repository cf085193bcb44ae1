import { createHash } from 'node:crypto'
import type { Scenario } from '../language/scenario.ts'

/** How a scenario's names are called on the wire, where they must be nobody else's. */
export interface ScenarioIds {
  orgId: string
  userId(name: string): string
  callId(name: string): string
  /** The name of a user id, or the id itself if it is nobody's here. */
  userName(userId: string): string
}

/** `run` tells runs on one system apart; without it the same scenario has the same ids everywhere, and so the same speech and bytes. */
export function scenarioIds(scenario: Pick<Scenario, 'name' | 'users'>, run: string | null): ScenarioIds {
  const digest = createHash('sha256')
    .update(JSON.stringify([scenario.name, run]))
    .digest('hex')
    .slice(0, 12)
  const orgId = `sc-${digest}`
  const names = new Map(scenario.users.map(({ name }) => [`${orgId}.${name}`, name]))
  return {
    orgId,
    userId: (name) => `${orgId}.${name}`,
    callId: (name) => `${orgId}-${name}`,
    userName: (userId) => names.get(userId) ?? userId,
  }
}
