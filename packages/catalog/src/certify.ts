import { createHash } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { TOPICS } from '@twinreel/contracts/topics'
import { certificateDocument, type DeletionFacts } from '@twinreel/recording/certificate'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { inTurn } from './dialect.ts'
import type { JournalSigner } from './journal/object.ts'
import type { Catalog } from './open.ts'
import type { CertificateRow, DeletionRow, RecordingRow, SegmentRow, SessionRow, Tables } from './tables.ts'
import { valuesTable } from './values-table.ts'

export interface CertifyOptions {
  /** Ed25519: signs each certificate. */
  signer: JournalSigner
  /** Which process it is that deletes: `serve`, `retention worker`, … */
  role: string
  /** How long the log states that it keeps what was published. */
  logRetentionMs: number
}

type RecordingColumns =
  | 'recording_id'
  | 'call_id'
  | 'org_id'
  | 'owner_id'
  | 'ended_log_ms'
  | 'due_at_ms'
  | 'claimed_at_ms'
  | 'claim_reason'
  | 'deletion_id'
  | 'manifest_key'
  | 'manifest_sha256'
  | 'manifest_size_bytes'

/** A recording that this transaction marks as purged. */
export type PurgedNow = Pick<RecordingRow, RecordingColumns> & {
  segments: readonly Pick<SegmentRow, 'segment_index' | 'key' | 'sha256' | 'size_bytes'>[]
  found: number | null
  foundBesides: number
}

/**
 * Writes the certificates of recordings that the transaction marks as purged, at the end of the catalog's one chain: what, when, by which rule,
 * by whom, and each place that was looked at. Whoever certifies takes turns, so numbers have no holes. Some hundred at once, one statement.
 */
export async function certify(
  catalog: Catalog,
  tx: Transaction<Tables>,
  { purged, atMs }: { purged: readonly PurgedNow[]; atMs: number },
  { signer, role, logRetentionMs }: CertifyOptions,
): Promise<void> {
  const found = await lookedUp(tx, purged)
  const facts = purged.map((row): DeletionFacts => {
    const session = found.sessions.get(row.call_id)
    const request = row.deletion_id === null ? undefined : found.requests.get(row.deletion_id)
    return {
      recordingId: row.recording_id,
      callId: row.call_id,
      orgId: row.org_id,
      ownerId: row.owner_id,
      objects: objectsOf(row),
      endedAtMs: row.ended_log_ms,
      dueAtMs: row.due_at_ms,
      claimedAtMs: row.claimed_at_ms ?? atMs,
      goneAtMs: atMs,
      reason: row.claim_reason,
      tier: found.tiers.get(row.recording_id) ?? null,
      request: request === undefined ? null : requestOf(request),
      worker: { role, keyId: signer.keyId },
      found: row.found,
      foundBesides: row.foundBesides,
      checkpoint: session === undefined ? 'none' : session.ended_offset === null ? 'live' : 'ended',
      mediaKey: found.mediaKeys.has(row.call_id) ? 'present' : 'none',
      logRetentionMs,
    }
  })
  await inTurn(catalog.dialect, tx, 'certificate', ['head'])
  const last = await tx.selectFrom('certificates').select(['sequence', 'sha256']).orderBy('sequence', 'desc').limit(1).executeTakeFirst()
  let head = last ?? { sequence: 0, sha256: null }
  const rows = facts.map((one): { [K in keyof CertificateRow]: CertificateRow[K] } => {
    const sequence = head.sequence + 1
    const document = certificateDocument(one, { sequence, previousSha256: head.sha256 })
    const bytes = Buffer.from(document)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    head = { sequence, sha256 }
    return {
      sequence,
      recording_id: one.recordingId,
      org_id: one.orgId,
      made_at_ms: atMs,
      document,
      sha256,
      key_id: signer.keyId,
      signature: signer.sign(bytes),
    }
  })
  const columns = sql.raw(Object.keys(KINDS).join(', '))
  await sql`insert into certificates (${columns}) select ${columns} from ${valuesTable('v', KINDS, rows)}`.execute(tx)
}

const KINDS = {
  sequence: 'bigint',
  recording_id: 'text',
  org_id: 'text',
  made_at_ms: 'bigint',
  document: 'text',
  sha256: 'text',
  key_id: 'text',
  signature: 'text',
} as const satisfies Record<keyof CertificateRow, 'text' | 'bigint'>

interface LookedUp {
  tiers: ReadonlyMap<string, NonNullable<DeletionFacts['tier']>>
  requests: ReadonlyMap<string, DeletionRow>
  sessions: ReadonlyMap<string, { ended_offset: number | null }>
  mediaKeys: ReadonlySet<string>
}

async function lookedUp(tx: Transaction<Tables>, purged: readonly PurgedNow[]): Promise<LookedUp> {
  const calls = valuesTable(
    'v',
    { call_id: 'text' },
    purged.map(({ call_id }) => ({ call_id })),
  )
  const deletionIds = [...new Set(purged.flatMap((row) => (row.claim_reason === 'deletion-requested' && row.deletion_id !== null ? [row.deletion_id] : [])))]
  const { rows: sessions } = await sql<Pick<SessionRow, 'call_id' | 'ended_offset'>>`
    select call_id, ended_offset from sessions where topic = ${TOPICS.calls} and call_id in (select call_id from ${calls})`.execute(tx)
  const { rows: mediaKeys } = await sql<{ call_id: string }>`select call_id from media_keys where call_id in (select call_id from ${calls})`.execute(tx)
  const requests = deletionIds.length === 0 ? [] : await tx.selectFrom('deletions').selectAll().where('deletion_id', 'in', deletionIds).execute()
  return {
    tiers: await decidingTiers(tx, purged),
    requests: new Map(requests.map((row) => [row.deletion_id, row])),
    sessions: new Map(sessions.map((row) => [row.call_id, row])),
    mediaKeys: new Set(mediaKeys.map((row) => row.call_id)),
  }
}

/** Of each that went because of its tier, the entry of the owner's history in force when its time began to run: none after it came before the claim. */
async function decidingTiers(tx: Transaction<Tables>, purged: readonly PurgedNow[]): Promise<LookedUp['tiers']> {
  const asked = purged.flatMap((row) =>
    row.claim_reason === 'go-tier-expired' && row.due_at_ms !== null
      ? [{ recording_id: row.recording_id, owner_id: row.owner_id, from_ms: row.due_at_ms - GO_RETENTION_MS }]
      : [],
  )
  if (asked.length === 0) return new Map()
  const { rows } = await sql<Tables['tier_history'] & { recording_id: string }>`
    select v.recording_id, h.* from ${valuesTable('v', { recording_id: 'text', owner_id: 'text', from_ms: 'bigint' }, asked)}
    join tier_history h on h.user_id = v.owner_id and h.sequence =
      (select max(e.sequence) from tier_history e where e.user_id = v.owner_id and e.from_ms <= v.from_ms)`.execute(tx)
  return new Map(
    rows.map((row) => [
      row.recording_id,
      { sequence: row.sequence, tier: row.tier, fromMs: row.from_ms, changeId: row.change_id, actor: row.actor, reason: row.reason },
    ]),
  )
}

function objectsOf({ segments, manifest_key: key, manifest_sha256: sha256, manifest_size_bytes: sizeBytes }: PurgedNow): DeletionFacts['objects'] {
  const inOrder = segments.toSorted((a, b) => a.segment_index - b.segment_index)
  return [
    ...inOrder.map((segment) => ({ key: segment.key, sha256: segment.sha256, sizeBytes: segment.size_bytes })),
    ...(key === null || sha256 === null ? [] : [{ key, sha256, sizeBytes }]),
  ]
}

function requestOf(row: DeletionRow): NonNullable<DeletionFacts['request']> {
  const { deletion_id: deletionId, kind, subject, requested_at_ms: requestedAtMs, due_at_ms: dueAtMs, actor, reason } = row
  return { deletionId, kind, subject, requestedAtMs, dueAtMs, actor, reason }
}
