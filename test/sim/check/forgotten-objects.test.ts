import { beforeAll, expect, test } from 'vitest'
import type { Evidence } from '../world/evidence.ts'
import { runSeed } from '../world/run-seed.ts'
import { forgottenObjects } from './forgotten-objects.ts'
import { references } from './reference.ts'

/** A world in which the log lost a recording before anything of it but its row was committed; the row is taken out, as if the log had lost it sooner still. */
const SEED = 59

let orphans: readonly string[] = []
const allowed = new Map<string, readonly string[]>()

beforeAll(async () => {
  await runSeed(SEED, {
    onEvidence(evidence) {
      const folded = references(evidence)
      const { database } = evidence.truth
      const lost = database
        .prepare("delete from recordings where end_reason = 'log-lost' and recording_id not in (select recording_id from segments) returning recording_id")
        .all()
        .map((row) => String(row['recording_id']))
      orphans = evidence.truth
        .objects('recordings/')
        .map(({ key }) => key)
        .filter((key) => lost.includes(key.split('/')[3] ?? ''))
      const look = (name: string, change: Partial<Evidence>): void => {
        allowed.set(name, orphans.filter(forgottenObjects({ ...evidence, ...change }, folded)))
      }
      look('as it was', {})
      look('the log lost nothing', { trimmed: [] })
      look('put by who came after the last loss', { trimmed: evidence.trimmed.map((trim) => ({ ...trim, atMs: 0 })) })
      look('put by who never had the partition', { takeovers: [] })
      look('committed once', {
        segments: [...evidence.segments, ...orphans.map((key) => ({ recordingId: '', index: 0, key, sha256: '', fromMs: 0, toMs: 0 }))],
      })
      look('of calls that nobody made', { calls: [] })
    },
  })
}, 60_000)

test('what the log lost before it was committed may lie in the store without a row', () => {
  expect(orphans.length).toBeGreaterThan(1)
  expect(allowed.get('as it was')).toEqual(orphans)
})

test.each(['the log lost nothing', 'put by who came after the last loss', 'put by who never had the partition', 'committed once', 'of calls that nobody made'])(
  'nothing else may: %s',
  (name) => {
    expect(allowed.get(name)).toEqual([])
  },
)
