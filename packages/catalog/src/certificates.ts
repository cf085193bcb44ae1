import { createHash } from 'node:crypto'
import type { Certificate } from '@twinreel/recording/certificate'
import { checkCertificate, type ChainHead, type KeptCertificate } from '@twinreel/recording/certificate-check'
import type { JournalVerifier } from './journal/object.ts'
import type { Catalog } from './open.ts'
import type { CertificateRow } from './tables.ts'

const PAGE = 500

export interface StoredCertificate extends KeptCertificate {
  madeAtMs: number
}

/** A recording's certificate of deletion; `null` where there is none. */
export async function findCertificate({ db }: Catalog, recordingId: string): Promise<StoredCertificate | null> {
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
export async function* certificatePages({ db }: Catalog, { after, upTo }: { after: number; upTo: number }): AsyncGenerator<StoredCertificate[]> {
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
 * Everything that is wrong with the chain of certificates, in its order: each certificate's bytes, place and signature; that it is of a purged
 * recording and says the same as its row; then every purged recording that has none. What is certified meanwhile is left out. That
 * certificates were cut off at the chain's end together with their recordings can't be seen from within: compare with a head that was kept elsewhere.
 */
export async function* auditCertificates(catalog: Catalog, { verify, also, onProgress }: AuditOptions): AsyncGenerator<CertificateOffence> {
  const head = await certificateHead(catalog)
  let previous: ChainHead | null = null
  let checked = 0
  for await (const page of certificatePages(catalog, { after: Number.MIN_SAFE_INTEGER, upTo: head?.sequence ?? 0 })) {
    const rows = await recordingsOf(catalog, page)
    const certificates: Certificate[] = []
    for (const kept of page) {
      const { sequence, recordingId } = kept
      const { certificate, offences } = checkCertificate(kept, { previous, sha256: sha256Of, verify: verifyText(verify) })
      for (const problem of [...offences, ...(certificate === null ? [] : differences(certificate, rows.get(recordingId)))])
        yield { sequence, recordingId, problem }
      if (certificate !== null) certificates.push(certificate)
      previous = { sequence, sha256: kept.sha256 }
    }
    if (also !== undefined) yield* await also(certificates)
    checked += page.length
    onProgress?.(checked)
  }
  yield* uncertified(catalog)
}

function differences(certificate: Certificate, row: Purged | undefined): string[] {
  const { recordingId, callId, orgId, ownerId, gone, claimed } = certificate
  if (row === undefined) return [`certifies the deletion of recording ${recordingId}, which the catalog does not know`]
  if (row.purged_at_ms === null) return [`certifies the deletion of recording ${recordingId}, which is not deleted`]
  const isSame =
    row.call_id === callId &&
    row.org_id === orgId &&
    row.owner_id === ownerId &&
    row.purged_at_ms === Date.parse(gone) &&
    row.claimed_at_ms === Date.parse(claimed)
  return isSame ? [] : [`the row of recording ${recordingId} says something else than its certificate`]
}

type Purged = Awaited<ReturnType<typeof recordingsOf>> extends Map<string, infer Row> ? Row : never

async function recordingsOf({ db }: Catalog, page: readonly StoredCertificate[]) {
  const ids = page.map(({ recordingId }) => recordingId)
  const rows = await db
    .selectFrom('recordings')
    .select(['recording_id', 'call_id', 'org_id', 'owner_id', 'claimed_at_ms', 'purged_at_ms'])
    .where('recording_id', 'in', ids)
    .execute()
  return new Map(rows.map((row) => [row.recording_id, row]))
}

async function* uncertified({ db }: Catalog): AsyncGenerator<CertificateOffence> {
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('recordings as r')
      .select('r.recording_id')
      .where('r.purged_at_ms', 'is not', null)
      .where('r.claimed_at_ms', 'is not', null)
      .where('r.recording_id', '>', after)
      .where((eb) => eb.not(eb.exists(eb.selectFrom('certificates as c').select('c.sequence').whereRef('c.recording_id', '=', 'r.recording_id'))))
      .orderBy('r.recording_id')
      .limit(PAGE)
      .execute()
    for (const { recording_id: recordingId } of rows) yield { sequence: null, recordingId, problem: 'is deleted, and no certificate says so' }
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.recording_id
  }
}

function verifyText(verify: JournalVerifier) {
  return ({ keyId, text, value }: { keyId: string; text: string; value: string }) => verify({ keyId, bytes: Buffer.from(text), value })
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function stored(row: CertificateRow): StoredCertificate {
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
