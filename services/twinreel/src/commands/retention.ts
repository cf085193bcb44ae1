import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addRetentionAudit } from './retention-audit.ts'
import { addRetentionCertificate } from './retention-certificate.ts'
import { addRetentionCheckBucket } from './retention-check-bucket.ts'
import { addRetentionConfirm } from './retention-confirm.ts'
import { addRetentionDue } from './retention-due.ts'
import { addRetentionEvidence } from './retention-evidence.ts'
import { addRetentionExplain } from './retention-explain.ts'
import { addRetentionHalts } from './retention-halts.ts'
import { addRetentionReport } from './retention-report.ts'
import { addRetentionRun } from './retention-run.ts'
import { addRetentionWorker } from './retention-worker.ts'

export function addRetention(program: Command): void {
  const retention = addCommand(
    program,
    'retention',
    'What goes when and why, and what it costs; one run, and what it was halted for; what was deleted, certified.',
    'twinreel retention due',
  )
  addRetentionDue(retention)
  addRetentionExplain(retention)
  addRetentionReport(retention)
  addRetentionRun(retention)
  addRetentionHalts(retention)
  addRetentionConfirm(retention)
  addRetentionCheckBucket(retention)
  addRetentionWorker(retention)
  addRetentionCertificate(retention)
  addRetentionAudit(retention)
  addRetentionEvidence(retention)
}
