import { createHash } from 'node:crypto'
import type { Certificate } from '@twinreel/recording/certificate'
import { checkCertificate, timeText, type ChainHead, type CheckedCertificate, type KeptCertificate } from '@twinreel/recording/certificate-check'
import type { JournalVerifier } from './journal/object.ts'
import type { Catalog } from './open.ts'
import type { CertificateRow } from './tables.ts'

const PAGE = 500

/** A recording's certificate of deletion; `null` where there is none. */
export async function findCertificate({ db }: Catalog, recordingId: string): Promise<KeptCertificate | null> {
  const row = await db.selectFrom('certificates').selectAll().where('recording_id', '=', recordingId).executeTakeFirst()
  return row === undefined ? null : stored(row)
}

/** The newest certificate of those up to `upTo`, or of all. */
export async function certificateHead({ db }: Catalog, upTo: number = Number.MAX_SAFE_INTEGER): Promise<ChainHead | null> {
  const row = await db
    .selectFrom('certificates')
    .select(['sequence', 'sha256'])
    .where('sequence', '<=', upTo)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ?? null
}

/** Certificates by number, some hundred at once. */
export async function* certificatePages({ db }: Catalog, { after, upTo }: { after: number; upTo: number }): AsyncGenerator<KeptCertificate[]> {
  for (let last = after; ;) {
    const rows = await db
      .selectFrom('certificates')
      .selectAll()
      .where('sequence', '>', last)
      .where('sequence', '<=', upTo)
      .orderBy('sequence')
      .limit(PAGE)
      .execute()
    if (rows.length === 0) return
    yield rows.map(stored)
    last = rows.at(-1)?.sequence ?? last
  }
}

/** Something that is wrong: with which certificate, or with which recording. */
export interface CertificateOffence {
  sequence: number | null
  recordingId: string | null
  problem: string
}

export interface AuditOptions {
  verify: JournalVerifier
  /** Looks at more of the certificates of a page; answers what is wrong. */
  also?: (certificates: readonly Certificate[]) => Promise<CertificateOffence[]>
  onProgress?: (certificates: number) => void
}

/**
 * Everything that is wrong with the chain of certificates, in its order: each certificate's bytes, place and signature; that the columns beside it say the
 * same, that it is of a purged recording, and that this one's row says the same; then every recording marked as purged that has none. What is certified meanwhile is left out. That
 * certificates were cut off at the chain's end together with their recordings can't be seen from within: compare with a head that was kept elsewhere.
 */
export async function* auditCertificates(catalog: Catalog, { verify, also, onProgress }: AuditOptions): AsyncGenerator<CertificateOffence> {
  const head = await certificateHead(catalog)
  let previous: ChainHead | null = null
  let checked = 0
  for await (const page of certificatePages(catalog, { after: Number.MIN_SAFE_INTEGER, upTo: head?.sequence ?? 0 })) {
    const results: (CheckedCertificate & { kept: KeptCertificate })[] = []
    for (const kept of page) {
      results.push({ kept, ...checkCertificate(kept, { previous, sha256: sha256Of, verify: verifyText(verify) }) })
      previous = { sequence: kept.sequence, sha256: kept.sha256 }
    }
    const certificates = results.flatMap(({ certificate }) => certificate ?? [])
    const rows = await recordingsOf(catalog, certificates)
    for (const { kept, certificate, offences } of results) {
      const recordingId = certificate?.recordingId ?? kept.recordingId
      for (const problem of [...offences, ...(certificate === null ? [] : differences(certificate, rows.get(recordingId)))])
        yield { sequence: kept.sequence, recordingId, problem }
    }
    if (also !== undefined) yield* await also(certificates)
    checked += page.length
    onProgress?.(checked)
  }
  for await (const { recordingId, isClaimed } of uncertified(catalog)) yield { sequence: null, recordingId, problem: uncertifiedProblem({ isClaimed }) }
}

/**
 * Whether a recording's certificate holds: by itself, and where it hangs on the one before it; `null` where there is none. What others of the
 * chain, or its recording's row, say otherwise is for an audit to tell.
 */
export async function checkedCertificate(catalog: Catalog, recordingId: string, verify: JournalVerifier): Promise<CheckedCertificate | null> {
  const kept = await findCertificate(catalog, recordingId)
  if (kept === null) return null
  return checkCertificate(kept, { previous: await certificateHead(catalog, kept.sequence - 1), sha256: sha256Of, verify: verifyText(verify) })
}

function differences(certificate: Certificate, row: Purged | undefined): string[] {
  const { recordingId, callId, orgId, ownerId, gone, claimed } = certificate
  if (row === undefined) return [`certifies the deletion of recording ${recordingId}, which the catalog does not know`]
  if (row.purged_at_ms === null) return [`certifies the deletion of recording ${recordingId}, which is not deleted`]
  const others = [
    ['call_id', row.call_id, callId],
    ['org_id', row.org_id, orgId],
    ['owner_id', row.owner_id, ownerId],
    ['status', row.status, 'purged'],
    ['claimed_at_ms', row.claimed_at_ms === null ? 'empty' : timeText(row.claimed_at_ms), claimed],
    ['purged_at_ms', timeText(row.purged_at_ms), gone],
  ].flatMap(([column, is, says]) => (is === says ? [] : [`its ${column} is ${is}, the certificate says ${says}`]))
  return others.length === 0 ? [] : [`the row of recording ${recordingId} says something else than its certificate: ${others.join('; ')}`]
}

type Purged = Awaited<ReturnType<typeof recordingsOf>> extends Map<string, infer Row> ? Row : never

async function recordingsOf({ db }: Catalog, certificates: readonly Certificate[]) {
  const ids = certificates.map(({ recordingId }) => recordingId)
  if (ids.length === 0) return new Map<string, never>()
  const rows = await db
    .selectFrom('recordings')
    .select(['recording_id', 'call_id', 'org_id', 'owner_id', 'status', 'claimed_at_ms', 'purged_at_ms'])
    .where('recording_id', 'in', ids)
    .execute()
  return new Map(rows.map((row) => [row.recording_id, row]))
}

/** A recording that is marked as purged, of which no certificate says so. */
export interface Uncertified {
  recordingId: string
  orgId: string
  ownerId: string
  /** That its deletion had begun; without that nothing of Twinreel has marked it. */
  isClaimed: boolean
}

/** Whoever wrote the mark, nothing else would tell of them: what is marked is due no more. By id. */
export async function* uncertified({ db }: Catalog): AsyncGenerator<Uncertified> {
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('recordings as r')
      .select(['r.recording_id as recordingId', 'r.org_id as orgId', 'r.owner_id as ownerId', 'r.claimed_at_ms as claimedAtMs'])
      .where((eb) => eb.or([eb('r.purged_at_ms', 'is not', null), eb('r.status', '=', 'purged')]))
      .where('r.recording_id', '>', after)
      .where((eb) => eb.not(eb.exists(eb.selectFrom('certificates as c').select('c.sequence').whereRef('c.recording_id', '=', 'r.recording_id'))))
      .orderBy('r.recording_id')
      .limit(PAGE)
      .execute()
    for (const { claimedAtMs, ...row } of rows) yield { ...row, isClaimed: claimedAtMs !== null }
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.recordingId
  }
}

/** What is wrong with a recording that is marked so. */
export function uncertifiedProblem({ isClaimed }: Pick<Uncertified, 'isClaimed'>): string {
  return isClaimed ? 'is deleted, and no certificate says so' : 'is marked as deleted, though nobody claimed it, and no certificate says so'
}

function verifyText(verify: JournalVerifier) {
  return ({ keyId, text, value }: { keyId: string; text: string; value: string }) => verify({ keyId, bytes: Buffer.from(text), value })
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function stored(row: CertificateRow): KeptCertificate {
  return {
    sequence: row.sequence,
    recordingId: row.recording_id,
    orgId: row.org_id,
    madeAtMs: row.made_at_ms,
    document: row.document,
    sha256: row.sha256,
    keyId: row.key_id,
    signature: row.signature,
  }
}
