import type { Evidence } from './evidence.ts'

/** What was in a seed's world, so that nobody praises an empty one. */
export interface Totals {
  calls: number
  recordings: number
  segments: number
  purged: number
  capturedMs: number
  lives: number
}

export function totalsOf({ calls, segments, truth: { database }, lives }: Evidence): Totals {
  const row = database.prepare("select count(*) as recordings, sum(status = 'purged') as purged, sum(captured_ms) as captured from recordings").get()
  return {
    calls: calls.length,
    recordings: Number(row?.['recordings'] ?? 0),
    segments: segments.length,
    purged: Number(row?.['purged'] ?? 0),
    capturedMs: Number(row?.['captured'] ?? 0),
    lives,
  }
}
