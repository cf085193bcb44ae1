import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addRetentionCheckBucket } from './retention-check-bucket.ts'
import { addRetentionDue } from './retention-due.ts'
import { addRetentionExplain } from './retention-explain.ts'
import { addRetentionReport } from './retention-report.ts'
import { addRetentionRun } from './retention-run.ts'
import { addRetentionWorker } from './retention-worker.ts'

export function addRetention(program: Command): void {
  const retention = addCommand(program, 'retention', 'What goes when and why, what it costs, and one run.', 'twinreel retention due')
  addRetentionDue(retention)
  addRetentionExplain(retention)
  addRetentionReport(retention)
  addRetentionRun(retention)
  addRetentionCheckBucket(retention)
  addRetentionWorker(retention)
}
