import type { Organization } from '@twinreel/catalog/accounts/organizations'
import { isoTime } from './format.ts'
import { facts } from './output.ts'

export function orgDocument({ createdAtMs, ...org }: Organization): Record<string, unknown> {
  return { ...org, createdAt: isoTime(createdAtMs) }
}

/** The same for people. */
export function orgFacts({ orgId, name, partnerId, enabled, rules, timeZone }: Organization): string {
  return facts([
    ['organization', orgId],
    ['name', name],
    ['partner', partnerId],
    ['recording', enabled ? 'enabled' : 'disabled'],
    ['if an announcement fails', rules.failureBehavior],
    ['emergency calls', rules.recordEmergency ? 'recorded' : 'not recorded'],
    ['a silent call ends after', `${rules.idleEndSeconds} s`],
    ['segments of at most', `${rules.segmentSeconds} s`],
    ['time zone of its reports', timeZone],
  ])
}
