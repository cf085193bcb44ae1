import { describe, expect, test } from 'vitest'
import type { Certificate } from '@twinreel/recording/certificate'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { changeTier } from '../accounts/tiers.ts'
import { auditCertificates, certificateHead, findCertificate, type CertificateOffence } from '../certificates.ts'
import { mediaKeysFor, wrappingKeys } from '../media-keys.ts'
import type { Catalog } from '../open.ts'
import { recordPurged } from '../purged.ts'
import { commit } from '../recorder.ts'
import { claimForPurge, claimedUnfinished } from '../retention.ts'
import { BECAUSE, CERTIFY, START_MS, VERIFY, assigned, bench, benchWithUsers, finishedRecordings, type Bench, type MakeCatalog } from './setup.ts'

const DUE_MS = START_MS + 2_500 + GO_RETENTION_MS
const iso = (timeMs: number): string => new Date(timeMs).toISOString()

async function purged(made: Bench, ids: readonly string[]): Promise<void> {
  await claimForPurge(made.retention, ids)
  await recordPurged(made.retention, await claimedUnfinished(made.retention, { limit: 1_000, only: ids }), CERTIFY)
}

async function certificateOf(catalog: Catalog, recordingId: string): Promise<Certificate> {
  return JSON.parse((await findCertificate(catalog, recordingId))?.document ?? 'null') as Certificate
}

/** What the audit finds. */
export async function audit(catalog: Catalog): Promise<CertificateOffence[]> {
  const offences: CertificateOffence[] = []
  for await (const offence of auditCertificates(catalog, { verify: VERIFY })) offences.push(offence)
  return offences
}

export function certificatesContract(make: MakeCatalog): void {
  describe('certificates of deletion', () => {
    test('say what went, when, by which rule, by whom, and each place that was looked at', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, ['rec-1'])
      made.clock.nowMs = DUE_MS + 5_000
      await purged(made, ['rec-1'])
      expect(await certificateOf(made.catalog, 'rec-1')).toEqual({
        certificateVersion: 1,
        sequence: 1,
        previousSha256: null,
        recordingId: 'rec-1',
        callId: 'call-1',
        orgId: 'acme',
        ownerId: 'ann',
        objects: [
          ...[0, 1].map((index) => ({ key: `recordings/acme/ann/rec-1/0000${index}.wav`, sha256: 'ab', sizeBytes: 100 })),
          { key: 'recordings/acme/ann/rec-1/manifest.json', sha256: 'cd', sizeBytes: 100 },
        ],
        ended: iso(START_MS + 2_500),
        due: iso(DUE_MS),
        claimed: iso(DUE_MS + 5_000),
        gone: iso(DUE_MS + 5_000),
        rule: {
          code: 'go-tier-expired',
          words: expect.stringContaining('720 hours'),
          tier: { sequence: 1, tier: 'go', from: iso(START_MS), changeId: null, ...BECAUSE },
          request: null,
        },
        worker: { role: 'retention worker', keyId: 'retention-1' },
        checked: {
          bucket: {
            prefix: 'recordings/acme/ann/rec-1/',
            looked: 'objects, hidden versions and delete markers',
            deleted: 3,
            found: null,
            foundBesides: 0,
            remaining: 0,
          },
          catalog: { segmentDetails: 'cleared', checkpoint: 'none' },
          mediaKey: 'none',
          log: { topic: 'calls', retentionHours: 72, until: iso(START_MS + 2_500 + 72 * 3_600_000), state: 'past' },
        },
      })
      expect(await audit(made.catalog)).toEqual([])
    })

    test('name the change of tier that decided, among others before it', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, ['rec-1'])
      for (const [days, tier] of [['standard', 'ai', 'go'] as const].flat().entries()) {
        made.clock.nowMs = START_MS + days * 86_400_000 + 60_000
        await changeTier(made.catalog, { userId: 'ann', tier, actor: `admin-${days}`, reason: 'plan' })
      }
      made.clock.nowMs += GO_RETENTION_MS
      await claimForPurge(made.retention, ['rec-1'])
      // Too late to keep it, and no part of why it goes.
      await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'ai' })
      await recordPurged(made.retention, await claimedUnfinished(made.retention, { limit: 1 }), CERTIFY)
      const { rule, due } = await certificateOf(made.catalog, 'rec-1')
      expect([due, rule.tier]).toEqual([
        iso(made.clock.nowMs),
        { sequence: 4, tier: 'go', from: iso(START_MS + 2 * 86_400_000 + 60_000), changeId: null, actor: 'admin-2', reason: 'plan' },
      ])
      expect(await audit(made.catalog)).toEqual([])
    })

    test('stand when a row is taken back by hand: it is purged again under the one it has, and what is purged beside it gets its own', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, ['rec-1', 'rec-2'])
      made.clock.nowMs = DUE_MS
      await purged(made, ['rec-1'])
      const first = await findCertificate(made.catalog, 'rec-1')
      await made.catalog.db
        .updateTable('recordings')
        .set({ status: 'completed', purged_at_ms: null, claimed_at_ms: null })
        .where('recording_id', '=', 'rec-1')
        .execute()
      made.clock.nowMs += 3_600_000
      await claimForPurge(made.retention, ['rec-1', 'rec-2'])
      const claimed = await claimedUnfinished(made.retention, { limit: 10 })
      expect(await recordPurged(made.retention, claimed, CERTIFY)).toEqual({ certified: ['rec-2'], again: ['rec-1'] })
      expect(await claimedUnfinished(made.retention, { limit: 10 })).toEqual([])
      expect(await findCertificate(made.catalog, 'rec-1')).toEqual(first)
      expect(await audit(made.catalog)).toEqual([
        {
          sequence: 1,
          recordingId: 'rec-1',
          problem: `the row of recording rec-1 says something else than its certificate: its claimed_at_ms is ${iso(DUE_MS + 3_600_000)}, the certificate says ${iso(DUE_MS)}; its purged_at_ms is ${iso(DUE_MS + 3_600_000)}, the certificate says ${iso(DUE_MS)}`,
        },
      ])
    })

    test('name who asked for a deletion, and why', async () => {
      const made = await benchWithUsers(make, 'ann')
      await changeTier(made.catalog, { ...BECAUSE, userId: 'ann', tier: 'ai' })
      await finishedRecordings(made.recorder, ['rec-1'])
      const asked = { kind: 'erasure', requested_at_ms: START_MS, due_at_ms: START_MS + 9_000, actor: 'dpo-1', reason: 'case 17' } as const
      const never = { restored_at_ms: null, restored_by: null, restore_reason: null }
      await made.catalog.db
        .insertInto('deletions')
        .values({ deletion_id: 'd-1', org_id: 'acme', subject: 'recording', subject_id: 'rec-1', ...asked, ...never })
        .execute()
      await made.catalog.db
        .updateTable('recordings')
        .set({ deletion_id: 'd-1', deletion_due_ms: START_MS + 9_000 })
        .where('recording_id', '=', 'rec-1')
        .execute()
      made.clock.nowMs = START_MS + 10_000
      await purged(made, ['rec-1'])
      expect((await certificateOf(made.catalog, 'rec-1')).rule).toMatchObject({
        code: 'deletion-requested',
        tier: null,
        request: { deletionId: 'd-1', kind: 'erasure', requested: iso(START_MS), due: iso(START_MS + 9_000), actor: 'dpo-1', reason: 'case 17' },
      })
      expect(await audit(made.catalog)).toEqual([])
    })

    test('don’t hide that a call’s checkpoint, its media key or its audio in the log is still there', async () => {
      const made = await benchWithUsers(make, 'ann')
      await finishedRecordings(made.recorder, ['rec-1'], { status: 'not-kept' })
      const session = { kind: 'session', callId: 'call-1', offset: 5, foldVersion: 1, state: '{}', endedOffset: null } as const
      await commit(made.recorder, await assigned(made.recorder), [session])
      await mediaKeysFor(made.recorder, wrappingKeys([new Uint8Array(32)]), ['call-1'])
      made.clock.nowMs = START_MS + 3_000
      await purged(made, ['rec-1'])
      const { rule, checked } = await certificateOf(made.catalog, 'rec-1')
      expect(rule.code).toBe('not-kept')
      expect(checked).toMatchObject({ catalog: { checkpoint: 'live' }, mediaKey: 'present', log: { state: 'kept' } })
    })

    test('of workers that certify at once are one chain without holes', async () => {
      const made = await benchWithUsers(make, 'ann')
      const ids = Array.from({ length: 60 }, (_, index) => `rec-${String(index).padStart(3, '0')}`)
      await finishedRecordings(made.recorder, ids)
      made.clock.nowMs = DUE_MS
      await claimForPurge(made.retention, ids)
      const claimed = await claimedUnfinished(made.retention, { limit: 100 })
      const batches = Array.from({ length: 20 }, (_, index) => claimed.slice(index * 3, index * 3 + 6))
      await Promise.all(batches.map((batch, index) => recordPurged(index % 2 === 0 ? made.retention : made.other, batch, CERTIFY)))
      expect((await certificateHead(made.catalog))?.sequence).toBe(60)
      expect(await audit(made.catalog)).toEqual([])
    })

    test('tell whatever was done to them, and where', async () => {
      const made = await benchWithUsers(make, 'ann')
      const { db } = made.catalog
      await finishedRecordings(made.recorder, ['rec-1', 'rec-2', 'rec-3', 'rec-4', 'rec-5'])
      made.clock.nowMs = DUE_MS
      for (const id of ['rec-1', 'rec-2', 'rec-3', 'rec-4']) await purged(made, [id])
      const kept = await db.selectFrom('certificates').selectAll().orderBy('sequence').execute()
      const [first, second] = kept
      if (first === undefined || second === undefined) throw new Error('nothing was certified')
      const restore = async (): Promise<void> => {
        await db.deleteFrom('certificates').execute()
        await db.insertInto('certificates').values(kept).execute()
      }
      const where = async (): Promise<string[]> => (await audit(made.catalog)).map((one) => `${one.sequence ?? one.recordingId}: ${one.problem}`)
      const set = (sequence: number, values: Partial<typeof first>) => db.updateTable('certificates').set(values).where('sequence', '=', sequence).execute()

      await set(2, { document: second.document.replace('ann', 'bob') })
      expect((await where())[0]).toBe('2: its document was changed: it has another SHA-256 than was noted')
      await restore()
      await db.deleteFrom('certificates').where('sequence', '=', 2).execute()
      expect(await where()).toEqual(['3: certificate 2 is missing before it', 'rec-2: is deleted, and no certificate says so'])
      await restore()
      await db.deleteFrom('certificates').where('sequence', '=', 4).execute()
      expect(await where()).toEqual(['rec-4: is deleted, and no certificate says so'])
      await restore()
      await set(3, { signature: CERTIFY.signer.sign(Buffer.from('else')) })
      expect(await where()).toEqual(['3: its signature is not one of key retention-1'])
      await set(3, { signature: null })
      expect(await where()).toEqual(['3: it is not signed'])
      await set(3, { signature: kept[2]?.signature ?? '', key_id: 'another' })
      expect(await where()).toEqual(['3: it is signed with key another, which is not trusted here', '3: its key_id is another, its document says retention-1'])
      await restore()
      await set(3, { made_at_ms: 5 })
      expect(await where()).toEqual([`3: its made_at_ms is ${iso(5)}, its document says ${iso(DUE_MS)}`])
      await set(3, { made_at_ms: DUE_MS, org_id: 'umbrella' })
      expect(await where()).toEqual(['3: its org_id is umbrella, its document says acme'])
      await set(3, { org_id: 'acme', recording_id: 'rec-5' })
      expect(await where()).toEqual(['3: its recording_id is rec-5, its document says rec-3', 'rec-3: is deleted, and no certificate says so'])
      await restore()
      await db.updateTable('recordings').set({ purged_at_ms: null, status: 'completed' }).where('recording_id', '=', 'rec-1').execute()
      expect(await where()).toEqual(['1: certifies the deletion of recording rec-1, which is not deleted'])
      await db
        .updateTable('recordings')
        .set({ purged_at_ms: DUE_MS + 1 })
        .where('recording_id', '=', 'rec-1')
        .execute()
      expect(await where()).toEqual([
        `1: the row of recording rec-1 says something else than its certificate: its status is completed, the certificate says purged; its purged_at_ms is ${iso(DUE_MS + 1)}, the certificate says ${iso(DUE_MS)}`,
      ])
    })

    test('are missed wherever a row is marked as purged, whether a claim stands beside the mark or not', async () => {
      const made = await benchWithUsers(make, 'ann')
      const { db } = made.catalog
      await finishedRecordings(made.recorder, ['rec-1', 'rec-2', 'rec-3', 'rec-4', 'rec-5'])
      const mark = (id: string, values: { purged_at_ms?: number; claimed_at_ms?: number; status?: 'purged' }) =>
        db.updateTable('recordings').set(values).where('recording_id', '=', id).execute()
      await mark('rec-1', { purged_at_ms: START_MS })
      await mark('rec-2', { purged_at_ms: START_MS, claimed_at_ms: START_MS })
      await mark('rec-3', { status: 'purged' })
      await mark('rec-4', { claimed_at_ms: START_MS })
      expect(await audit(made.catalog)).toEqual([
        { sequence: null, recordingId: 'rec-1', problem: 'is marked as deleted, though nobody claimed it, and no certificate says so' },
        { sequence: null, recordingId: 'rec-2', problem: 'is deleted, and no certificate says so' },
        { sequence: null, recordingId: 'rec-3', problem: 'is marked as deleted, though nobody claimed it, and no certificate says so' },
      ])
    })

    test('of nothing there are none', async () => {
      const { catalog, retention } = await bench(make)
      expect(await recordPurged(retention, [], CERTIFY)).toEqual({ certified: [], again: [] })
      expect([await certificateHead(catalog), await findCertificate(catalog, 'rec-1'), await audit(catalog)]).toEqual([null, null, []])
    })
  })
}
