import { beforeAll, describe, expect, test } from 'vitest'
import type { Evidence, Put, Violation } from '../world/evidence.ts'
import { runSeed } from '../world/run-seed.ts'
import { checkAnnouncements } from './check-announcements.ts'
import { checkAudio } from './check-audio.ts'
import { checkBrake } from './check-brake.ts'
import { checkDurable } from './check-durable.ts'
import { checkLeaks } from './check-leaks.ts'
import { checkLedger } from './check-ledger.ts'
import { checkObjects } from './check-objects.ts'
import { checkRetention } from './check-retention.ts'
import { checkTimeline } from './check-timeline.ts'
import { isBusy } from './fates.ts'
import { references } from './reference.ts'

/** A world with recordings of which some were purged, and nothing wrong with it. */
const SEED = 30

const found = new Map<string, readonly Violation[]>()
let clean: readonly Violation[] = []

/** The world's evidence with one thing wrong, looked at while its engines still live. */
async function plant(
  name: string,
  evidence: Evidence,
  look: (spoiled: Evidence) => readonly Violation[] | Promise<readonly Violation[]>,
  change: Partial<Evidence>,
): Promise<void> {
  found.set(name, await look({ ...evidence, ...change }))
}

function segmentsOf({ puts }: Evidence): Put[] {
  return puts.filter(({ key }) => key.endsWith('.wav'))
}

function replaced(puts: readonly Put[], put: Put | undefined, change: (body: Uint8Array) => Uint8Array): Put[] {
  return puts.map((one) => (one === put ? { ...one, body: change(one.body) } : one))
}

beforeAll(async () => {
  const { violations } = await runSeed(SEED, {
    async onEvidence(evidence) {
      const { puts, truth, speech } = evidence
      const [first] = segmentsOf(evidence)
      const { database } = truth
      const within = async (name: string, sql: string, look: (evidence: Evidence) => readonly Violation[]): Promise<void> => {
        database.exec('begin')
        database.exec(sql)
        found.set(name, look(evidence))
        database.exec('rollback')
      }
      const folded = references(evidence)
      const withObjects = (one: Evidence): readonly Violation[] => checkObjects(one, folded)
      await plant('a sample turned', evidence, checkAudio, {
        puts: replaced(puts, first, (body) => body.map((byte, i) => (i === body.length >> 1 ? byte ^ 1 : byte))),
      })
      await plant('an object missing', evidence, checkAudio, { puts: puts.filter((put) => put !== first) })
      await plant('channels swapped', evidence, checkTimeline, {
        puts: puts.map((put) => (put.key.endsWith('.wav') ? { ...put, body: swapped(put.body) } : put)),
      })
      await plant('a sample late', evidence, checkTimeline, {
        puts: replaced(puts, first, (body) => Buffer.concat([body.subarray(0, 60), new Uint8Array(2), body.subarray(60, -2)])),
      })
      await plant('nothing durable', evidence, checkDurable, { segments: [] })
      await plant('a claim too early', evidence, checkRetention, {
        claims: evidence.claims.map((claim) => ({ ...claim, atMs: claim.atMs - 20 * 86_400_000, acked: [], underWay: [] })),
      })
      const [firstRun, ...otherRuns] = evidence.runs.filter((run) => run.report !== null && run.report.haltedOrgs.length === 0 && !isBusy(evidence.acts, run))
      if (firstRun === undefined || firstRun.report === null) throw new Error('there is no run')
      const haltedOrgs = [{ orgId: evidence.world.organizations[0]?.orgId ?? '', dueCount: 1, totalCount: 1 }]
      await plant('a halt without a reason', evidence, checkBrake, { runs: [{ ...firstRun, report: { ...firstRun.report, haltedOrgs } }, ...otherRuns] })
      const userId = evidence.world.organizations[0]?.users[0]?.userId ?? ''
      const erased = { act: { kind: 'erase' as const, userId }, startedMs: evidence.nowMs, ackedMs: evidence.nowMs }
      await plant('a name of somebody who was erased', evidence, checkRetention, { acts: [...evidence.acts, erased] })
      await plant('a claim forgotten', evidence, checkRetention, { claims: [] })
      await plant('other bytes under a key', evidence, withObjects, { puts: [...puts, ...(first === undefined ? [] : [{ ...first, sha256: 'other' }])] })
      const said = speech.speak({
        seed: SEED,
        callId: evidence.calls[0]?.truth.callId ?? '',
        streamId: 'caller',
        format: { codec: 'PCMU', sampleRateHz: 8_000 },
      })(80, 200)
      await plant('audio in a log line', evidence, checkLeaks, {
        logLines: [{ process: 'recorder', kind: 'recorder', level: 'info', fields: {}, message: Buffer.from(said).toString('base64') }],
      })
      await plant('audio in a manifest', evidence, checkLeaks, {
        puts: [...puts, ...(first === undefined ? [] : [{ ...first, key: 'recordings/manifest.json', body: said }])],
      })
      await within('a ledger row missing', 'delete from ledger', (one) => checkLedger(one, folded))
      await within('an outcome changed', "update ledger set outcome = 'failed'", (one) => checkLedger(one, folded))
      await within('a total changed', 'update recordings set lost_ms = lost_ms + 1', (one) => checkLedger(one, folded))
      await within('a row too few', 'delete from segments', withObjects)
      await within('purged in the catalog alone', "update recordings set status = 'purged', purged_at_ms = 1, claimed_at_ms = 1", withObjects)
      await within('purged and never told', 'update recordings set purged_at_ms = 1', (one) => checkAnnouncements(one, folded))
    },
  })
  clean = violations
}, 60_000)

describe('the checkers', () => {
  test('find nothing in a world where all is well', () => {
    expect(clean).toEqual([])
  })

  test.each([
    ['a sample turned', 'audio'],
    ['an object missing', 'audio'],
    ['channels swapped', 'timeline'],
    ['a sample late', 'timeline'],
    ['nothing durable', 'durable'],
    ['a claim too early', 'retention'],
    ['a claim forgotten', 'retention'],
    ['a halt without a reason', 'brake'],
    ['a name of somebody who was erased', 'retention'],
    ['other bytes under a key', 'objects'],
    ['audio in a log line', 'leaks'],
    ['audio in a manifest', 'leaks'],
    ['a ledger row missing', 'ledger'],
    ['an outcome changed', 'ledger'],
    ['a total changed', 'ledger'],
    ['a row too few', 'objects'],
    ['purged in the catalog alone', 'objects'],
    ['purged and never told', 'announcements'],
  ])('find %s', (name, check) => {
    expect(found.get(name)?.some((violation) => violation.check === check)).toBe(true)
  })
})

/** The same file with left and right exchanged, byte by byte. */
function swapped(body: Uint8Array): Uint8Array {
  const out = body.slice()
  for (let at = out.length % 2 === 0 ? 60 : 61; at + 1 < out.length; at += 2) [out[at], out[at + 1]] = [out[at + 1] ?? 0, out[at] ?? 0]
  return out
}
