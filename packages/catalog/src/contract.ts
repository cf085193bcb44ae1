import { describe } from 'vitest'
import { accountsContract } from './contract/accounts.ts'
import { atOnceContract } from './contract/at-once.ts'
import { certificatesContract } from './contract/certificates.ts'
import { deletionsContract } from './contract/deletions.ts'
import { erasuresContract } from './contract/erasures.ts'
import { dueContract } from './contract/due.ts'
import { laterLooksContract } from './contract/later-looks.ts'
import { legalHoldsContract } from './contract/legal-holds.ts'
import { longListsContract } from './contract/long-lists.ts'
import { policiesContract } from './contract/policies.ts'
import { rebuildContract } from './contract/rebuild.ts'
import { rebuildDecisionsContract } from './contract/rebuild-decisions.ts'
import { recorderContract } from './contract/recorder.ts'
import { recordersAtOnceContract } from './contract/recorders-at-once.ts'
import { retentionLifeContract } from './contract/retention-life.ts'
import { retentionReportContract } from './contract/retention-report.ts'
import { retentionContract } from './contract/retention.ts'
import { retentionBrakeContract } from './contract/retention-brake.ts'
import type { MakeCatalog } from './contract/setup.ts'
import { tierMovesContract } from './contract/tier-moves.ts'

/** What every database under the catalog must do, also with several connections at once. */
export function catalogContract(name: string, make: MakeCatalog): void {
  describe(`${name} keeps the catalog's contract`, () => {
    longListsContract(make)
    accountsContract(make)
    policiesContract(make)
    recorderContract(make)
    retentionContract(make)
    dueContract(make)
    retentionBrakeContract(make)
    laterLooksContract(make)
    tierMovesContract(make)
    legalHoldsContract(make)
    deletionsContract(make)
    erasuresContract(make)
    certificatesContract(make)
    retentionLifeContract(make)
    retentionReportContract(make)
    atOnceContract(make)
    recordersAtOnceContract(make)
    rebuildContract(make)
    rebuildDecisionsContract(make)
  })
}
