import { listLedger, type LedgerEntry } from '@twinreel/catalog/ledger'
import { segmentRows } from '@twinreel/catalog/recorder'
import type { CallCommand } from '@twinreel/contracts/call-commands'
import { decodeCommand } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { EventLog } from '@twinreel/event-log/port'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { Mark } from '@twinreel/recording/facts'
import { recordingPrefix } from '@twinreel/recording/keys'
import { retentionVerdict } from '@twinreel/recording/retention'
import { PUBLISHED_EVENTS, type PublishedEvent } from '../language/expected-lines.ts'
import type { Span } from '../result.ts'
import { recordsOf } from './read-topic.ts'
import type { Engines } from './virtual-world.ts'

/** What the recorder left of some calls: in the catalog, in the store and on the topics. */
export interface Evidence {
  ledger: readonly LedgerEntry[]
  recordings: readonly FoundRecording[]
  /** Every key below the organizations' prefixes, whether or not the catalog knows of it. */
  keys: readonly string[]
  /** By call id, in the order in which they were sent, each once. */
  commands: ReadonlyMap<string, readonly CallCommand[]>
  /** By call id. */
  deadLetters: ReadonlyMap<string, readonly { reason: string; detail: string }[]>
}

export interface FoundRecording {
  recordingId: string
  callId: string
  orgId: string
  ownerId: string
  ordinal: number
  kept: boolean
  endReason: string | null
  /** Log time. */
  endedLogMs: number | null
  dueAtMs: number | null
  sizeBytes: number
  /** On the topic `recordings`, in order, each once. */
  published: readonly { event: PublishedEvent; atMs: number }[]
  /** What its manifest says; `null` while there is none. */
  manifest: FoundManifest | null
  /** Of its sealed pieces, in order. */
  segments: readonly { key: string; fromMs: number; toMs: number }[]
}

export interface FoundManifest {
  captured: Span[]
  paused: Span[]
  held: Span[]
  lost: { channel: 'near' | 'far'; fromMs: number; toMs: number }[]
  events: Mark[]
  format: { codec: 'PCMU' | 'PCMA' | 'L16'; sampleRateHz: number } | null
  /** As it adds them up. */
  totals: Record<'capturedMs' | 'pausedMs' | 'heldMs' | 'lostMs' | 'tones' | 'prompts', number>
}

/** Gathers the evidence about the calls of these organizations; commands and dead letters from these offsets on. */
export async function gatherEvidence(
  { catalog, store, eventLog }: Engines,
  {
    orgIds,
    from,
  }: {
    orgIds: readonly string[]
    from?: { commands: ReadonlyMap<number, number>; deadLetters: ReadonlyMap<number, number>; lifecycle: ReadonlyMap<number, number> }
  },
): Promise<Evidence> {
  const ledger: LedgerEntry[] = []
  const recordings: FoundRecording[] = []
  const keys: string[] = []
  const published = await publishedOf(eventLog, from?.lifecycle)
  for (const orgId of orgIds) {
    // Before the catalog: what is put later is not in either.
    keys.push(...(await keysBelow(store, `recordings/${orgId}/`)))
    ledger.push(...(await listLedger(catalog, { orgId })))
    recordings.push(...(await recordingsOf({ catalog, store }, orgId, published)))
  }
  const commands = new Map<string, CallCommand[]>()
  const known = new Set<string>()
  for await (const { key, headers, value } of recordsOf(eventLog, TOPICS.callCommands, from?.commands)) {
    const decoded = value === null ? null : decodeCommand({ key, headers, value })
    if (decoded?.ok !== true || known.has(decoded.message.id)) continue
    known.add(decoded.message.id)
    if (decoded.message.command.type === 'event.handled') continue
    commands.set(key, [...(commands.get(key) ?? []), decoded.message.command])
  }
  const deadLetters = new Map<string, { reason: string; detail: string }[]>()
  for await (const { key, value } of recordsOf(eventLog, TOPICS.deadLetters, from?.deadLetters)) {
    if (value === null) continue
    const { reason, detail } = JSON.parse(new TextDecoder().decode(value)) as { reason: string; detail: string }
    deadLetters.set(key, [...(deadLetters.get(key) ?? []), { reason, detail }])
  }
  return { ledger, recordings, keys, commands, deadLetters }
}

/** All of them. */
export async function keysBelow(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for (let after: string | null = ''; after !== null;) {
    const { objects, next } = await store.list({ prefix, ...(after === '' ? {} : { after }) })
    keys.push(...objects.map(({ key }) => key))
    after = next
  }
  return keys
}

type Published = ReadonlyMap<string, FoundRecording['published']>

/** By recording id. What is published twice bears one id. */
async function publishedOf(eventLog: EventLog, from: ReadonlyMap<number, number> | undefined): Promise<Published> {
  const published = new Map<string, FoundRecording['published']>()
  const known = new Set<string>()
  for await (const { key, headers, value } of recordsOf(eventLog, TOPICS.recordings, from)) {
    const event = PUBLISHED_EVENTS.find((type) => headers['ce_type']?.startsWith(`io.twinreel.${type}.v`))
    const id = headers['ce_id'] ?? ''
    if (event === undefined || value === null || known.has(id)) continue
    known.add(id)
    const { atMs } = JSON.parse(new TextDecoder().decode(value)) as { atMs: number }
    published.set(key, [...(published.get(key) ?? []), { event, atMs }])
  }
  return published
}

async function recordingsOf({ catalog, store }: Pick<Engines, 'catalog' | 'store'>, orgId: string, published: Published): Promise<FoundRecording[]> {
  const rows = await catalog.db.selectFrom('recordings').selectAll().where('org_id', '=', orgId).orderBy('call_id').orderBy('ordinal').execute()
  const owners = [...new Set(rows.map((row) => row.owner_id))]
  const accounts = new Map(
    owners.length === 0
      ? []
      : (await catalog.db.selectFrom('accounts').select(['user_id', 'tier', 'tier_since_ms']).where('user_id', 'in', owners).execute()).map((account) => [
          account.user_id,
          account,
        ]),
  )
  return Promise.all(
    rows.map(async (row) => {
      const kept = row.status !== 'not-kept' && row.claim_reason !== 'not-kept'
      const account = accounts.get(row.owner_id)
      const verdict = retentionVerdict({
        endedAtMs: row.ended_log_ms,
        tier: account === undefined ? null : { name: account.tier, sinceMs: account.tier_since_ms },
        legalHold: false,
        deletionDueAtMs: row.deletion_due_ms,
        notKept: !kept,
      })
      const prefix = recordingPrefix({ orgId, ownerId: row.owner_id, recordingId: row.recording_id })
      const bytes = await store.get(row.manifest_key ?? `${prefix}manifest.json`)
      return {
        recordingId: row.recording_id,
        callId: row.call_id,
        orgId,
        ownerId: row.owner_id,
        ordinal: row.ordinal,
        kept,
        endReason: row.end_reason,
        endedLogMs: row.ended_log_ms,
        dueAtMs: verdict.kind === 'due' ? verdict.dueAtMs : null,
        sizeBytes: row.size_bytes,
        published: published.get(row.recording_id) ?? [],
        manifest: bytes === null ? null : readManifest(bytes),
        segments: (await segmentRows(catalog, row.recording_id)).map(({ key, from_ms: fromMs, to_ms: toMs }) => ({ key, fromMs, toMs })),
      }
    }),
  )
}

function readManifest(bytes: Uint8Array): FoundManifest {
  const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Omit<FoundManifest, 'totals'> & FoundManifest['totals']
  const { capturedMs, pausedMs, heldMs, lostMs, tones, prompts } = manifest
  return { ...manifest, totals: { capturedMs, pausedMs, heldMs, lostMs, tones, prompts } }
}
