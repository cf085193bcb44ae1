import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { Mode } from '@twinreel/recording/settings'
import { settingsSchema } from '@twinreel/recording/settings'
import { enableOrganization } from '../accounts/organizations.ts'
import { switchRecordingOn } from '../accounts/recording-switch.ts'
import { addUser } from '../accounts/users.ts'
import type { CertifyOptions } from '../certify.ts'
import type { JournalVerifier } from '../journal/object.ts'
import type { Catalog } from '../open.ts'
import { claimPartition, commit } from '../recorder.ts'
import type { OutboxMessage, RecorderChange } from '../recorder-changes.ts'
import { dueCandidates } from '../due.ts'

/**
 * An empty database of the kind under test; each `open` has connections of its own to it. With `hasRoles`, those of a part may do no more
 * than that part needs.
 */
export type MakeCatalog = (clock: () => number) => Promise<{ open(part?: Part): Promise<Catalog>; hasRoles?: true; remove(): Promise<void> }>

type Part = 'recorder' | 'retention'

export interface Bench {
  catalog: Catalog
  /** Another connection to the same database. */
  other: Catalog
  /** What the recorder has of it. */
  recorder: Catalog
  /** What retention has of it. */
  retention: Catalog
  clock: { nowMs: number }
}

export const START_MS = Date.UTC(2026, 0, 15, 9, 0, 0)
const KEYS = generateKeyPairSync('ed25519')
/** What a purge is certified with. */
export const CERTIFY: CertifyOptions = {
  signer: { keyId: 'retention-1', sign: (bytes) => sign(null, bytes, KEYS.privateKey).toString('base64') },
  role: 'retention worker',
  logRetentionMs: 72 * 3_600_000,
}
export const VERIFY: JournalVerifier = ({ keyId, bytes, value }) =>
  keyId !== CERTIFY.signer.keyId ? 'unknown-key' : verify(null, bytes, KEYS.publicKey, Buffer.from(value, 'base64')) ? 'valid' : 'invalid'
export const BECAUSE = { actor: 'admin-1', reason: 'test' }

export async function bench(make: MakeCatalog): Promise<Bench> {
  const clock = { nowMs: START_MS }
  const database = await make(() => clock.nowMs)
  const catalog = await database.open()
  const other = await database.open()
  const recorder = database.hasRoles === true ? await database.open('recorder') : catalog
  const retention = database.hasRoles === true ? await database.open('retention') : catalog
  onTestFinished(async () => {
    for (const opened of new Set([catalog, other, recorder, retention])) await opened.close()
    await database.remove()
  })
  return { catalog, other, recorder, retention, clock }
}

/** Organization `acme` of partner `carrier` with users who are recorded always. */
export async function benchWithUsers(make: MakeCatalog, ...userIds: string[]): Promise<Bench> {
  const made = await bench(make)
  await enableOrganization(made.catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
  for (const userId of userIds) {
    await addUser(made.catalog, { ...BECAUSE, userId, orgId: 'acme', licence: 'professional' })
    await switchRecordingOn(made.catalog, { ...BECAUSE, userId, settings: { mode: 'always' } })
  }
  return made
}

export const PARTITION = { topic: 'calls', partition: 0 }

export async function assigned(catalog: Catalog): Promise<{ topic: string; partition: number; epoch: number }> {
  const { epoch } = await claimPartition(catalog, { ...PARTITION, logIdentity: 'log-1', endOffset: 1_000 })
  return { ...PARTITION, epoch }
}

export function message(key: string): OutboxMessage {
  return { topic: 'recordings', key, headers: { ce_id: key }, value: '{}' }
}

export function started(recordingId: string, options: { ownerId?: string; callId?: string; provisional?: boolean; mode?: Mode } = {}): RecorderChange {
  return {
    kind: 'recording.started',
    recordingId,
    callId: options.callId ?? 'call-1',
    orgId: 'acme',
    ownerId: options.ownerId ?? 'ann',
    ordinal: 1,
    mode: options.mode ?? 'always',
    settings: settingsSchema.parse({ mode: 'always' }),
    provisional: options.provisional ?? false,
    startedAtMs: START_MS,
    announce: message(`${recordingId}/started`),
  }
}

/** Its key is one of `keysOf`. */
export function segment(recordingId: string, index: number, keysOf = 'ann'): RecorderChange {
  const key = `recordings/acme/${keysOf}/${recordingId}/${String(index).padStart(5, '0')}.wav`
  return { kind: 'segment', recordingId, index, key, sha256: 'ab', sizeBytes: 100, fromMs: index * 1_000, toMs: (index + 1) * 1_000, detail: '{"marks":[]}' }
}

export function ended(recordingId: string, options: { status?: 'completed' | 'not-kept'; endedLogMs?: number; keysOf?: string } = {}): RecorderChange {
  return {
    kind: 'recording.ended',
    recordingId,
    status: options.status ?? 'completed',
    reason: 'call-ended',
    endedAtMs: START_MS + 2_000,
    endedLogMs: options.endedLogMs ?? START_MS + 2_500,
    totals: { capturedMs: 2_000, pausedMs: 500, heldMs: 100, lostMs: 20, segments: 2, tones: 1, prompts: 1 },
    sizeBytes: 300,
    manifest: { key: `recordings/acme/${options.keysOf ?? 'ann'}/${recordingId}/manifest.json`, sha256: 'cd', sizeBytes: 100 },
    announce: message(`${recordingId}/completed`),
  }
}

/** Finished recordings of `ann`, two segments each. */
export async function finishedRecordings(
  catalog: Catalog,
  recordingIds: readonly string[],
  options: Parameters<typeof ended>[1] & { ownerId?: string; provisional?: boolean } = {},
): Promise<void> {
  const of = await assigned(catalog)
  await commit(
    catalog,
    of,
    recordingIds.flatMap((id) => [started(id, options), segment(id, 0), segment(id, 1), ended(id, options)]),
  )
}

/** Ids of what looks due at a moment. */
export async function dueAt(catalog: Catalog, nowMs: number): Promise<string[]> {
  return (await dueCandidates(catalog, { nowMs, limit: 2_000 })).recordingIds
}
