import { beforeEach, expect, test } from 'vitest'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { findCertificate } from '@twinreel/catalog/certificates'
import { BECAUSE, CERTIFY } from '@twinreel/catalog/contract/setup'
import { writeJournal } from '@twinreel/catalog/journal/write'
import { placeHold } from '@twinreel/catalog/legal-holds'
import { claimForPurge } from '@twinreel/catalog/retention'
import { recordPurged } from '@twinreel/catalog/purged'
import type { ObjectStore } from '@twinreel/object-store/port'
import { makeLogger } from '@twinreel/service/log'
import { DUE_MS, recordings, world, type World } from './world.ts'

let made: World
let lines: string[]
beforeEach(async () => {
  made = await world()
  lines = []
  await recordings(made, ['rec-1', 'rec-2', 'rec-9'])
  await placeHold(made.catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'rec-9' })
  await writeJournal(made.catalog, made.store, CERTIFY.signer)
  made.clock.nowMs = DUE_MS
})

const log = () => makeLogger({ name: 'test', destination: { write: (line) => void lines.push(line) } })
const errors = () => lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error')
const keysOf = async (id: string) => (await made.keys()).filter((key) => key.includes(`/${id}/`))

/** The database fails over to a replica that lacks the last commits. */
async function loseClaim(recordingId: string): Promise<void> {
  await made.catalog.db
    .updateTable('recordings')
    .set({ claimed_at_ms: null, due_at_ms: null, claim_reason: null })
    .where('recording_id', '=', recordingId)
    .execute()
  await made.catalog.db.deleteFrom('journal_entries').execute()
}

/** Does so once, before the first such call. */
function before(call: 'remains' | 'deleteMany', happens: () => Promise<void>): ObjectStore {
  const { store } = made
  let first: Promise<void> | null = null
  const once = async (now: typeof call): Promise<void> => (now === call ? (first ??= happens()) : undefined)
  return {
    ...store,
    remains: async (asked) => (await once('remains'), store.remains(asked)),
    deleteMany: async (...asked) => (await once('deleteMany'), store.deleteMany(...asked)),
  }
}

test('what the database has lost the claim of is not deleted, whatever the worker remembers: an upgrade in between keeps it, and the loss is told', async () => {
  await claimForPurge(made.catalog, ['rec-1', 'rec-2'])
  const store = before('remains', async () => {
    await loseClaim('rec-1')
    await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'standard' })
  })
  expect(await made.run({ store, log: log() })).toMatchObject({
    resumed: 2,
    purged: 1,
    objects: 3,
    failed: [],
    lostClaims: [{ recordingId: 'rec-1', isDeleted: false }],
  })
  expect(await keysOf('rec-1')).toHaveLength(3)
  expect(await keysOf('rec-2')).toEqual([])
  expect(errors()).toMatchObject([{ recordingId: 'rec-1', count: 1, msg: expect.stringMatching(/not deleted.*failed over or restored/) }])
  expect(await made.run({ log: log() })).toMatchObject({ claimed: 0, resumed: 0, lostClaims: [] })
})

test('a claim that is lost while the store deletes is certified by nobody, and told as deleted', async () => {
  const store = before('deleteMany', () => loseClaim('rec-1'))
  expect(await made.run({ store, log: log() })).toMatchObject({ claimed: 2, purged: 1, objects: 6, lostClaims: [{ recordingId: 'rec-1', isDeleted: true }] })
  expect(await findCertificate(made.catalog, 'rec-1')).toBeNull()
  expect(errors()).toMatchObject([{ recordingId: 'rec-1', count: 1, msg: expect.stringMatching(/deleted and not certified.*twinreel catalog rebuild/) }])
})

test('what another worker has certified meanwhile is no lost claim', async () => {
  await claimForPurge(made.catalog, ['rec-1'])
  const gone = { recordingId: 'rec-1', callId: 'call-1', orgId: 'acme', ownerId: 'ann', reason: 'go-tier-expired', sizeBytes: 0, keys: [] }
  const store = before('deleteMany', async () => void (await recordPurged(made.catalog, [gone], CERTIFY)))
  expect(await made.run({ store, log: log() })).toMatchObject({ resumed: 1, lostClaims: [], failed: [] })
  expect(errors()).toEqual([])
})
