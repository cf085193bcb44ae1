import type { Catalog } from '@twinreel/catalog/open'
import { listLedger } from '@twinreel/catalog/ledger'
import { retentionVerdict } from '@twinreel/recording/retention'
import type { KnownRecording } from '@twinreel/oracle/check-recording'

/** One recording, or one owner's call of which there is none, as the tables show it. */
export interface DemoRow {
  callId: string
  ownerId: string
  tier: string
  tierSinceMs: number
  mode: string
  outcome: string
  recordingId: string | null
  ordinal: number | null
  endedAtMs: number | null
  capturedMs: number
  pausedMs: number
  lostMs: number
  tones: number
  prompts: number
  segments: number
  dueAtMs: number | null
  purgedAtMs: number | null
  kept: boolean
}

/** Every owner's calls, in the order of `callIds`; those that were not kept are among them. */
export async function demoRows(catalog: Catalog, callIds: readonly string[]): Promise<DemoRow[]> {
  const ledger = await listLedger(catalog)
  const recordings = await catalog.db.selectFrom('recordings').selectAll().orderBy('ordinal').execute()
  const accounts = new Map((await catalog.db.selectFrom('accounts').selectAll().execute()).map((account) => [account.user_id, account]))
  const modes = new Map(
    (await catalog.db.selectFrom('settings_history').select(['user_id', 'settings']).orderBy('sequence').execute()).map((row) => [row.user_id, row.settings]),
  )
  return ledger
    .toSorted((a, b) => callIds.indexOf(a.callId) - callIds.indexOf(b.callId))
    .flatMap((entry): DemoRow[] => {
      const account = accounts.get(entry.ownerId)
      const common = {
        callId: entry.callId,
        ownerId: entry.ownerId,
        tier: account?.tier ?? 'none',
        tierSinceMs: account?.tier_since_ms ?? 0,
        mode: modeIn(modes.get(entry.ownerId)),
        outcome: entry.outcome === 'recorded' ? 'recorded' : `${entry.outcome}: ${entry.reason ?? ''}`,
      }
      const own = recordings.filter((row) => row.call_id === entry.callId && row.owner_id === entry.ownerId)
      if (own.length === 0) return [{ ...common, ...NOTHING }]
      return own.map((row) => {
        const kept = row.status !== 'not-kept' && row.claim_reason !== 'not-kept'
        const verdict = retentionVerdict({
          endedAtMs: row.ended_log_ms,
          tier: { name: common.tier, sinceMs: common.tierSinceMs },
          legalHold: false,
          deletionDueAtMs: null,
          notKept: !kept,
        })
        return {
          ...common,
          recordingId: row.recording_id,
          ordinal: row.ordinal,
          endedAtMs: row.ended_log_ms,
          capturedMs: row.captured_ms,
          pausedMs: row.paused_ms,
          lostMs: row.lost_ms,
          tones: row.tones,
          prompts: row.prompts,
          segments: row.segment_count,
          dueAtMs: verdict.kind === 'due' ? verdict.dueAtMs : null,
          purgedAtMs: row.purged_at_ms,
          kept,
        }
      })
    })
}

const NOTHING = {
  recordingId: null,
  ordinal: null,
  endedAtMs: null,
  capturedMs: 0,
  pausedMs: 0,
  lostMs: 0,
  tones: 0,
  prompts: 0,
  segments: 0,
  dueAtMs: null,
  purgedAtMs: null,
  kept: true,
}

function modeIn(settings: string | null | undefined): string {
  if (settings === null || settings === undefined) return 'off'
  const parsed: unknown = JSON.parse(settings)
  return typeof parsed === 'object' && parsed !== null && 'mode' in parsed ? String(parsed.mode) : 'off'
}

/** Which recording is whose, for the oracle: ids and nothing of what is in them. */
export async function knownRecordings(catalog: Catalog): Promise<KnownRecording[]> {
  const rows = await catalog.db.selectFrom('recordings').select(['recording_id', 'call_id', 'owner_id', 'ordinal']).execute()
  return rows.map((row) => ({ recordingId: row.recording_id, callId: row.call_id, ownerId: row.owner_id, ordinal: row.ordinal }))
}
