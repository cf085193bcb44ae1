import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addRetentionCheckBucket } from './retention-check-bucket.ts'
import { addRetentionDue } from './retention-due.ts'
import { addRetentionRun } from './retention-run.ts'
import { addRetentionWorker } from './retention-worker.ts'

export function addRetention(program: Command): void {
  const retention = addCommand(program, 'retention', 'What is due for deletion and why; one run.', 'twinreel retention due')
  addRetentionDue(retention)
  addRetentionRun(retention)
  addRetentionCheckBucket(retention)
  addRetentionWorker(retention)
}
