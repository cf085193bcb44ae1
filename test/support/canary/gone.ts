import type { Catalog } from '@twinreel/catalog/open'
import { auditCertificates, findCertificate } from '@twinreel/catalog/certificates'
import type { EventLog } from '@twinreel/event-log/port'
import { trimLog } from '@twinreel/recorder/log-retention'
import { certificateSchema, type Certificate } from '@twinreel/recording/certificate'
import { settingsSchema } from '@twinreel/recording/settings'
import { systemClock } from '@twinreel/service/clock'
import { silentLogger } from '@twinreel/service/log'
import type { TrustedKeys } from '@twinreel/service/trusted-keys'
import { namespaceOf, type People } from '@twinreel/simulator/people'
import type { CallPlanInput } from '@twinreel/simulator/plan'
import type { Pause } from './pattern.ts'
import type { Place } from './places.ts'
import { canariesIn } from './search.ts'

/** In calls of a Go user and of a paid neighbour every word is a canary, whose number tells the call. */
export interface SpokenCalls {
  people: People
  plans: CallPlanInput[]
  /** As the speaker of pauses takes them: the whole call is one. */
  spoken: ReadonlyMap<string, readonly Pause[]>
}

export const PAID_CALL = 1_000
export const STATED_LOG_RETENTION_MS = 72 * 3_600_000
export const MONTH_LATER_MS = 31 * 24 * 3_600_000
const CODECS = ['PCMU', 'PCMA', 'L16'] as const

export function spokenCalls({ seed, callMs }: { seed: number; callMs: number }): SpokenCalls {
  const orgId = `gone-${seed}`
  const users = [`${orgId}-go`, `${orgId}-paid`] as const
  const calls = [
    ...CODECS.map((codec, index) => ({ userId: users[0], number: index + 1, codec })),
    { userId: users[1], number: PAID_CALL, codec: 'PCMU' as const },
  ]
  const callIdOf = (number: number): string => `${orgId}-call-${number}`
  return {
    people: {
      orgId,
      name: orgId,
      partnerId: 'canary',
      idNamespace: namespaceOf(seed),
      rules: { segmentSeconds: 5 },
      users: users.map((userId, index) => ({
        userId,
        displayName: userId,
        number: `+1303555${String(3_000 + index)}`,
        tier: index === 0 ? 'go' : 'standard',
        settings: settingsSchema.parse({ mode: 'always', startStopAnnouncement: { internal: false, pstn: false }, tone: { enabled: false } }),
      })),
    },
    plans: calls.map(({ userId, number, codec }, index) => ({
      callId: callIdOf(number),
      orgId,
      seed,
      direction: 'outbound',
      startAfterMs: index * 97,
      ringMs: 500,
      participants: [
        { participantId: 'caller', role: 'originating', userId },
        { participantId: 'called', role: 'terminating', voice: 'cards' },
      ],
      answeredBy: { kind: 'participant', participantId: 'called' },
      capabilities: { prompts: 'obeys', gate: true, indicator: true },
      streams: ['caller', 'called'].map((streamId) => ({ streamId, participantIds: [streamId], codec, sampleRateHz: 8_000 })),
      actions: [{ do: 'hang-up', atMs: callMs }],
    })),
    spoken: new Map(calls.map(({ number }) => [callIdOf(number), [{ number, fromMs: 0, toMs: Number.POSITIVE_INFINITY }]])),
  }
}

/** Names of the places in which anything of a call's speech is found, and of which calls where that can be read. */
export function spokenAt(places: readonly Place[]): Map<string, ReadonlySet<number>> {
  return new Map(
    places.flatMap(({ name, bytes }) => {
      const hits = canariesIn(bytes)
      return hits.length === 0 ? [] : [[name, new Set(hits.flatMap(({ pause }) => (pause === null ? [] : [pause])))]]
    }),
  )
}

/** Trims the log as a recorder does that runs so much later. */
export async function trimLater(eventLog: EventLog, catalog: Catalog, laterMs: number): Promise<void> {
  const rows = await catalog.db.selectFrom('partitions').select(['partition', 'safe_offset']).execute()
  const safe = new Map(rows.map((row) => [row.partition, row.safe_offset ?? 0]))
  await trimLog({ eventLog, clock: { now: () => systemClock.now() + laterMs }, log: silentLogger }, { logRetentionMs: STATED_LOG_RETENTION_MS }, safe)
}

/** What the certificate of each purged recording says, once the audit of all of them found nothing. Throws what it found. */
export async function certificatesThatHold(catalog: Catalog, keys: TrustedKeys): Promise<Certificate[]> {
  for await (const offence of auditCertificates(catalog, {
    verify: ({ keyId, bytes, value }) => (keys.check({ signedBytes: bytes, signature: { keyId, value } }) === 'genuine' ? 'valid' : 'invalid'),
  }))
    throw new Error(JSON.stringify(offence))
  const purged = await catalog.db.selectFrom('recordings').select('recording_id').where('purged_at_ms', 'is not', null).orderBy('recording_id').execute()
  return Promise.all(purged.map(async (row) => certificateSchema.parse(JSON.parse((await findCertificate(catalog, row.recording_id))?.document ?? 'null'))))
}

/** What is really so at each place that a certificate names but the bucket. */
export async function placesOf({ db }: Catalog, { recordingId, callId }: Certificate): Promise<Omit<Certificate['checked'], 'bucket' | 'log'>> {
  const details = await db.selectFrom('segments').select('detail').where('recording_id', '=', recordingId).where('detail', '<>', '{}').execute()
  const session = await db.selectFrom('sessions').select('ended_offset').where('call_id', '=', callId).executeTakeFirst()
  const key = await db.selectFrom('media_keys').select('key_id').where('call_id', '=', callId).executeTakeFirst()
  if (details.length > 0) throw new Error(`${details.length} segments of ${recordingId} still tell of the call`)
  return {
    catalog: { segmentDetails: 'cleared', checkpoint: session === undefined ? 'none' : session.ended_offset === null ? 'live' : 'ended' },
    mediaKey: key === undefined ? 'none' : 'present',
  }
}
