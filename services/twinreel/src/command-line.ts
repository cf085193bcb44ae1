import { addBucket } from './commands/bucket.ts'
import { addCatalog } from './commands/catalog.ts'
import { addConform } from './commands/conform.ts'
import { addDemo } from './commands/demo.ts'
import { addDev } from './commands/dev.ts'
import { addHolds } from './commands/holds.ts'
import { addKeys } from './commands/keys.ts'
import { addLedger } from './commands/ledger.ts'
import { addLog } from './commands/log.ts'
import { addOrgs } from './commands/orgs.ts'
import { addReconcile } from './commands/reconcile.ts'
import { addRecorder } from './commands/recorder.ts'
import { addRecordings } from './commands/recordings.ts'
import { addReplay } from './commands/replay.ts'
import { addRetention } from './commands/retention.ts'
import { addServe } from './commands/serve.ts'
import { addScenario } from './commands/scenario.ts'
import { addSimulate } from './commands/simulate.ts'
import { addStop } from './commands/stop.ts'
import { addTiers } from './commands/tiers.ts'
import { addTopics } from './commands/topics.ts'
import { addUsers } from './commands/users.ts'
import { createProgram, runProgram } from './program.ts'

/** Runs the command that the arguments ask for. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const program = createProgram()
  addDemo(program)
  addServe(program)
  addStop(program)
  addRecorder(program)
  addScenario(program)
  addSimulate(program)
  addConform(program)
  addOrgs(program)
  addUsers(program)
  addTiers(program)
  addHolds(program)
  addRecordings(program)
  addLedger(program)
  addRetention(program)
  addReconcile(program)
  addLog(program)
  addReplay(program)
  addKeys(program)
  addDev(program)
  addTopics(program)
  addCatalog(program)
  addBucket(program)
  await runProgram(program, argv)
}
