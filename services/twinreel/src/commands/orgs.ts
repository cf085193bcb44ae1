import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addOrgsDisable } from './orgs-disable.ts'
import { addOrgsEnable } from './orgs-enable.ts'
import { addOrgsList } from './orgs-list.ts'

export function addOrgs(program: Command): void {
  const orgs = addCommand(program, 'orgs', 'Organizations: a partner allows them to record.', 'twinreel orgs list')
  addOrgsEnable(orgs)
  addOrgsDisable(orgs)
  addOrgsList(orgs)
}
