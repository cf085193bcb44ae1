import type { RetentionLife } from '@twinreel/catalog/retention-life'
import type { VerdictThen } from '@twinreel/recording/retention-history'
import type { Command } from 'commander'
import { isoTime, orDash, size } from '../format.ts'
import { facts } from '../output.ts'
import { action, addCommand } from '../program.ts'
import { ruleOf, wordsOf } from '../retention-words.ts'
import { contradictionDocument, contradictionWords } from '../tier-words.ts'
import { unknownRecording } from '../unknown-recording.ts'
import { withCatalog } from '../with-engines.ts'
import { zoneTime } from '../zone-time.ts'

export function addRetentionExplain(retention: Command): void {
  addCommand(
    retention,
    'explain <recording>',
    'The whole life of one recording: what changed when it goes, who did it and why, and what the rule said after each.',
    'twinreel retention explain 6f9e4a52-60cf-5d3f-b9c2-0c1f5a3f0d11',
  ).action(
    action(async ({ place, output }, _options, [recordingId = '']) =>
      withCatalog(place, async (catalog) => {
        const { retentionLife } = await import('@twinreel/catalog/retention-life')
        const { timeZones } = await import('@twinreel/catalog/accounts/organizations')
        const life = await retentionLife(catalog, recordingId)
        if (life === null) throw unknownRecording(recordingId, place)
        const timeZone = (await timeZones(catalog)).get(life.orgId) ?? 'UTC'
        if (output.isJson) {
          await output.document(lifeDocument(life, timeZone), '')
          return 0
        }
        await output.line(lifeFacts(life, timeZone))
        await output.list(life.timeline, {
          columns: [
            { head: 'time', cell: ({ event }) => isoTime(event.atMs) },
            { head: `in ${timeZone}`, cell: ({ event }) => zoneTime(event.atMs, timeZone) },
            { head: 'what', cell: ({ event }) => wordsOf(event) },
            { head: 'by', cell: ({ event }) => orDash(event.actor) },
            { head: 'reason', cell: ({ event }) => orDash(event.reason) },
            { head: 'due after that', cell: ({ after }) => (after.kind === 'due' ? zoneTime(after.dueAtMs, timeZone) : '–') },
            { head: 'because', cell: ({ after }) => ruleOf(after) },
          ],
          json: () => null,
          empty: 'nothing is known of it',
        })
        return 0
      }),
    ),
  )
}

function verdictDocument(verdict: VerdictThen): Record<string, unknown> {
  return {
    verdict: verdict.kind,
    dueAt: verdict.kind === 'due' ? isoTime(verdict.dueAtMs) : null,
    why: verdict.kind === 'deleting' ? null : verdict.why,
    rule: ruleOf(verdict),
  }
}

function lifeDocument({ timeline, now, looks, contradiction, ...life }: RetentionLife, timeZone: string): Record<string, unknown> {
  return {
    ...life,
    timeZone,
    now: verdictDocument(now ?? { kind: 'deleting' }),
    unknownTier: contradiction === null ? null : contradictionDocument(contradiction),
    looks: looks === null ? null : { done: looks.done, nextAt: isoTime(looks.nextMs) },
    timeline: timeline.map(({ event: { atMs, kind, actor, reason, dueAtMs, ...detail }, after }) => ({
      at: isoTime(atMs),
      event: kind,
      actor,
      reason,
      ...detail,
      ...(dueAtMs === undefined ? {} : { dueAt: isoTime(dueAtMs) }),
      after: verdictDocument(after),
    })),
  }
}

function lifeFacts(life: RetentionLife, timeZone: string): string {
  const { recordingId, callId, ownerId, orgId, status, sizeBytes, certificateSequence, looks, contradiction } = life
  const now: VerdictThen = life.now ?? { kind: 'deleting' }
  return facts([
    ['recording', recordingId],
    ['call', callId],
    ['owner', `${ownerId} of ${orgId}`],
    ['status', status],
    ['size', size(sizeBytes)],
    ...(status === 'purged'
      ? []
      : [['now', now.kind === 'due' ? `due ${isoTime(now.dueAtMs)}, ${zoneTime(now.dueAtMs, timeZone)} in ${timeZone}` : ruleOf(now)] as const]),
    ...(contradiction === null || status === 'purged'
      ? []
      : [['tier', `unknown: ${contradictionWords(contradiction)}; \`twinreel tiers check\` says what to do`] as const]),
    ...(certificateSequence === null ? [] : [['certificate', certificateSequence] as const]),
    ...(looks === null ? [] : [['looked at again', `${looks.done} times since${looks.nextMs === null ? '' : `, next at ${isoTime(looks.nextMs)}`}`] as const]),
  ])
}
