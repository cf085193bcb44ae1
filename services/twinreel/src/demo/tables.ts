import Table from 'cli-table3'
import { duration } from '../format.ts'
import { TIER_CHANGES } from './people.ts'
import type { DemoRow } from './rows.ts'

/** What was recorded. */
export function recordedTable(rows: readonly DemoRow[]): string {
  return drawn(
    ['call', 'owner', 'tier', 'mode', 'outcome', 'captured', 'paused', 'lost', 'tones', 'prompts', 'segments', 'due'],
    rows.map((row) => [
      row.callId,
      row.ownerId,
      row.tier,
      row.mode,
      row.outcome,
      ...(row.recordingId === null
        ? ['–', '–', '–', '–', '–', '–']
        : [duration(row.capturedMs), duration(row.pausedMs), `${row.lostMs} ms`, `${row.tones}`, `${row.prompts}`, `${row.segments}`]),
      row.recordingId === null ? '–' : dueText(row),
    ]),
  )
}

function dueText({ dueAtMs, kept }: DemoRow): string {
  if (dueAtMs === null) return 'never'
  return kept ? day(dueAtMs) : 'at once'
}

/** What became of it. */
export function retentionTable(rows: readonly DemoRow[]): string {
  return drawn(
    ['call', 'owner', 'tier', 'became', 'why'],
    rows
      .filter((row) => row.recordingId !== null)
      .map((row) => [row.callId, row.ownerId, row.tier, row.purgedAtMs === null ? 'stayed' : 'purged', reason(row)]),
  )
}

/** Why a recording went or stayed, in words. */
export function reason({ ownerId, kept, endedAtMs, dueAtMs, purgedAtMs }: DemoRow): string {
  if (!kept) return 'nobody asked to keep it'
  const change = TIER_CHANGES.find(({ userId }) => userId === ownerId)
  if (purgedAtMs !== null) return `free tier: 30 days were over on ${day(dueAtMs ?? 0)}`
  if (dueAtMs === null) return change === undefined ? 'paid tier: kept' : `paid tier since day ${change.afterDays}: ${change.reason}`
  return change === undefined ? `ended ${day(endedAtMs ?? 0)}: due ${day(dueAtMs)}` : `free tier since day ${change.afterDays}: due ${day(dueAtMs)}`
}

function day(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}

function drawn(head: string[], rows: string[][]): string {
  const table = new Table({ head, style: { head: [], border: [], compact: true } })
  table.push(...rows)
  return table.toString()
}
