import type { Evidence, Violation } from '../world/evidence.ts'
import { checkAnnouncements } from './check-announcements.ts'
import { checkAudio } from './check-audio.ts'
import { checkBrake } from './check-brake.ts'
import { checkCommands } from './check-commands.ts'
import { checkDecisions } from './check-decisions.ts'
import { checkDurable } from './check-durable.ts'
import { checkLeaks } from './check-leaks.ts'
import { checkLedger } from './check-ledger.ts'
import { checkLost } from './check-lost.ts'
import { checkObjects } from './check-objects.ts'
import { checkRetention } from './check-retention.ts'
import { checkStale } from './check-stale.ts'
import { checkTimeline } from './check-timeline.ts'
import { references } from './reference.ts'

/** Everything that must hold of a world that has come to rest. */
export async function checkAll(evidence: Evidence): Promise<Violation[]> {
  const folded = references(evidence)
  return [
    ...(await checkAudio(evidence)),
    ...checkTimeline(evidence),
    ...checkDurable(evidence),
    ...checkLedger(evidence, folded),
    ...checkRetention(evidence),
    ...checkBrake(evidence),
    ...checkObjects(evidence, folded),
    ...checkAnnouncements(evidence, folded),
    ...checkStale(evidence, folded),
    ...checkLost(evidence),
    ...checkCommands(evidence, folded),
    ...checkDecisions(evidence, folded),
    ...checkLeaks(evidence),
  ]
}
