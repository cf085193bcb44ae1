import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addDevBrowser } from './dev-browser.ts'
import { addDevDown } from './dev-down.ts'
import { addDevStatus } from './dev-status.ts'
import { addDevUp } from './dev-up.ts'

export function addDev(program: Command): void {
  const dev = addCommand(program, 'dev', 'Real servers on this machine, without Docker: Kafka, S3 and PostgreSQL.', 'twinreel dev up')
  addDevUp(dev)
  addDevDown(dev)
  addDevStatus(dev)
  addDevBrowser(dev)
}
