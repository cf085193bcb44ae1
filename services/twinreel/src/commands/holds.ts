import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addHoldsList } from './holds-list.ts'
import { addHoldsPlace } from './holds-place.ts'
import { addHoldsRelease } from './holds-release.ts'

export function addHolds(program: Command): void {
  const holds = addCommand(program, 'holds', 'Legal holds: what must not be deleted, by recording, user and matter.', 'twinreel holds list --org acme')
  addHoldsPlace(holds)
  addHoldsRelease(holds)
  addHoldsList(holds)
}
