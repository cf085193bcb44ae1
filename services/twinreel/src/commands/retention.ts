import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addRetentionAudit } from './retention-audit.ts'
import { addRetentionCertificate } from './retention-certificate.ts'
import { addRetentionConfirm } from './retention-confirm.ts'
import { addRetentionDue } from './retention-due.ts'
import { addRetentionEvidence } from './retention-evidence.ts'
import { addRetentionHalts } from './retention-halts.ts'
import { addRetentionRun } from './retention-run.ts'
import { addRetentionWorker } from './retention-worker.ts'

export function addRetention(program: Command): void {
  const retention = addCommand(
    program,
    'retention',
    'What is due for deletion and why; one run, and what it was halted for; what was deleted, certified.',
    'twinreel retention due',
  )
  addRetentionDue(retention)
  addRetentionRun(retention)
  addRetentionHalts(retention)
  addRetentionConfirm(retention)
  addRetentionWorker(retention)
  addRetentionCertificate(retention)
  addRetentionAudit(retention)
  addRetentionEvidence(retention)
}
