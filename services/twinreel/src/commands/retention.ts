import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addRetentionConfirm } from './retention-confirm.ts'
import { addRetentionDue } from './retention-due.ts'
import { addRetentionHalts } from './retention-halts.ts'
import { addRetentionRun } from './retention-run.ts'
import { addRetentionWorker } from './retention-worker.ts'

export function addRetention(program: Command): void {
  const retention = addCommand(program, 'retention', 'What is due for deletion and why; one run; what it was halted for.', 'twinreel retention due')
  addRetentionDue(retention)
  addRetentionRun(retention)
  addRetentionHalts(retention)
  addRetentionConfirm(retention)
  addRetentionWorker(retention)
}
