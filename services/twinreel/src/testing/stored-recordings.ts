import { join } from 'node:path'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { addUser } from '@twinreel/catalog/accounts/users'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import type { RecordingRow } from '@twinreel/catalog/tables'
import { settingsSchema } from '@twinreel/recording/settings'
import { putManifests } from './put-manifests.ts'

export const BEGIN_MS = Date.UTC(2026, 0, 15, 9)
export const DAY_MS = 86_400_000
const BECAUSE = { actor: 'admin-1', reason: 'test' }

export interface StoredWorld {
  catalog: Catalog
  clock: { nowMs: number }
}

/**
 * A catalog in a data directory, with a clock of its own while it is open: organization `acme` in Berlin with `ann` on Go and `bob` on Standard, and
 * `zeta` with `cora` on Go; no recording yet.
 */
export async function withStoredWorld(dataDir: string, work: (world: StoredWorld) => Promise<void>): Promise<void> {
  const clock = { nowMs: BEGIN_MS }
  const catalog = await openCatalog({ path: join(dataDir, 'catalog.db'), clock: () => clock.nowMs })
  try {
    await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier', timeZone: 'Europe/Berlin' })
    await enableOrganization(catalog, { ...BECAUSE, orgId: 'zeta', name: 'Zeta', partnerId: 'carrier' })
    for (const [userId, orgId] of [
      ['ann', 'acme'],
      ['bob', 'acme'],
      ['cora', 'zeta'],
    ] as const) {
      await addUser(catalog, { ...BECAUSE, userId, orgId, licence: 'professional' })
      await switchRecordingOn(catalog, { ...BECAUSE, userId, settings: { mode: 'always' } })
    }
    await changeTier(catalog, { ...BECAUSE, userId: 'bob', tier: 'standard' })
    await work({ catalog, clock })
    await putManifests(dataDir, catalog)
  } finally {
    await catalog.close()
  }
}

/** A finished recording of a minute; of what is not given, what a usual one has. */
export async function storeRecording({ catalog, clock }: StoredWorld, recordingId: string, over: Partial<RecordingRow> = {}): Promise<void> {
  const endedMs = over.ended_log_ms === undefined ? clock.nowMs : over.ended_log_ms
  await catalog.db
    .insertInto('recordings')
    .values({
      recording_id: recordingId,
      call_id: `call-of-${recordingId}`,
      org_id: 'acme',
      owner_id: 'ann',
      ordinal: 1,
      mode: 'always',
      settings: JSON.stringify(settingsSchema.parse({ mode: 'always' })),
      status: 'completed',
      provisional: 0,
      started_at_ms: (endedMs ?? clock.nowMs) - 60_000,
      ended_at_ms: endedMs,
      captured_ms: 60_000,
      paused_ms: 0,
      held_ms: 0,
      lost_ms: 0,
      segment_count: 1,
      tones: 0,
      prompts: 0,
      size_bytes: 1_000_000,
      manifest_key: `recordings/acme/ann/${recordingId}/manifest.json`,
      manifest_sha256: 'ab',
      end_reason: 'call-ended',
      deletion_id: null,
      deletion_due_ms: null,
      due_at_ms: null,
      claimed_at_ms: null,
      claim_reason: null,
      purged_at_ms: null,
      next_look_ms: null,
      looks: 0,
      last_mark: 0,
      from_manifest: 0,
      ...over,
      ended_log_ms: endedMs,
    })
    .execute()
}
