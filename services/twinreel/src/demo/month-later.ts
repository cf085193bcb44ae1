import { changeTier } from '@twinreel/catalog/accounts/tiers'
import type { Catalog } from '@twinreel/catalog/open'
import { runRetention, type RunReport } from '@twinreel/retention/run'
import { makeLogger } from '@twinreel/service/log'
import type { Engines } from '../engines.ts'
import { keyOfDirectory } from '../keys/key-of-directory.ts'
import { mustBeGone } from '@twinreel/oracle/check-gone'
import type { KnownRecording } from '@twinreel/oracle/check-recording'
import { PEOPLE, TIER_CHANGES } from './people.ts'
import { silenceAboutTheRest, type Evidence } from './recorded-checks.ts'
import { purgedIsGone, restIsThere } from './retention-checks.ts'
import type { DemoRow } from './rows.ts'
import type { Check } from './verdict.ts'

const DAY_MS = 24 * 3_600_000
const DAYS = 31
/** What recorders and `serve` keep by default. */
const LOG_RETENTION_MS = 72 * 3_600_000

export interface MonthLater {
  report: RunReport
  checks(): Promise<Check[]>
}

/** Accounts change, 31 days go by, retention runs. `recorded` is what there was before. */
export async function monthLater({ dataDir, catalog, store }: Engines, evidence: Evidence, recorded: readonly DemoRow[]): Promise<MonthLater> {
  const startMs = await catalog.nowMs()
  for (const { userId, tier, afterDays, reason } of TIER_CHANGES) {
    await changeTier(daysLater(catalog, afterDays), { userId, tier, actor: 'administrator', reason })
  }
  const gone = evidence.recordings.filter((recording) => isGone(recording, recorded, startMs))
  const relic = await firstObject(evidence, gone[0])
  const heirloom = await firstObject(
    evidence,
    evidence.recordings.find((recording) => recording.ownerId === 'ada'),
  )
  const report = await runRetention({
    catalog,
    store,
    signer: keyOfDirectory(dataDir),
    role: 'demo',
    logRetentionMs: LOG_RETENTION_MS,
    log: makeLogger({ name: 'demo', level: 'error' }),
    clockOffsetMs: DAYS * DAY_MS,
  })
  return {
    report,
    async checks() {
      const ids = new Set(gone.map(({ recordingId }) => recordingId))
      const survives: NonNullable<Parameters<typeof silenceAboutTheRest>[1]['survives']> = ({ callId, ownerId, ordinal }) =>
        !gone.some((one) => one.callId === callId && one.ownerId === ownerId && one.ordinal === ordinal)
      return [
        purgedIsGone(evidence, gone, relic),
        restIsThere(evidence, ids, heirloom),
        await silenceAboutTheRest(evidence, { claim: 'nothing that was said in the purged ones stands anywhere but in the log', survives }),
      ]
    },
  }
}

export function retentionStory({ report }: MonthLater): string {
  const changes = TIER_CHANGES.map(({ userId, tier, afterDays }) => `${userId} became ${tier} on day ${afterDays}`).join(', ')
  return `${DAYS} days later (${changes}) retention ran: ${report.purged} recordings purged, ${report.objects} objects deleted.`
}

/** The same accounts with the clock of another day. */
function daysLater(catalog: Catalog, days: number): Catalog {
  return { ...catalog, nowMs: async () => (await catalog.nowMs()) + days * DAY_MS }
}

/** By what the demo itself did to the accounts, not by what the catalog made of it. */
function isGone({ recordingId, ownerId }: KnownRecording, recorded: readonly DemoRow[], startMs: number): boolean {
  const row = recorded.find((one) => one.recordingId === recordingId)
  const change = TIER_CHANGES.find(({ userId }) => userId === ownerId)
  const tier = change?.tier ?? PEOPLE.users.find(({ userId }) => userId === ownerId)?.tier ?? 'unknown'
  const tierSinceMs = change === undefined ? startMs : startMs + change.afterDays * DAY_MS
  return mustBeGone({ kept: row?.kept ?? true, endedAtMs: row?.endedAtMs ?? startMs, tier, tierSinceMs }, startMs + DAYS * DAY_MS)
}

async function firstObject(
  { objects }: Evidence,
  recording: KnownRecording | undefined,
): Promise<{ recordingId: string; callId: string; key: string; bytes: Uint8Array }> {
  const { recordingId = '', callId = '' } = recording ?? {}
  const key = (await objects.list()).find((path) => path.endsWith(`/${recordingId}/00000.wav`)) ?? ''
  const bytes = await objects.read(key)
  if (bytes === null) throw new Error(`recording ${recordingId} has no first object`)
  return { recordingId, callId, key, bytes }
}
