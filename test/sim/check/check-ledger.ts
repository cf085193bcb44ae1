import type { Evidence, Violation } from '../world/evidence.ts'
import type { Reference } from './reference.ts'
import { isAffectedByTrim } from './trimmed-calls.ts'

const TOTALS = [
  ['captured_ms', 'capturedMs'],
  ['paused_ms', 'pausedMs'],
  ['held_ms', 'heldMs'],
  ['lost_ms', 'lostMs'],
  ['segment_count', 'segments'],
  ['tones', 'tones'],
  ['prompts', 'prompts'],
] as const

/** Every known user of an answered call has one outcome, the one that the log tells; recordings, their totals, segments and manifests say the same. */
export function checkLedger(evidence: Evidence, references: ReadonlyMap<string, Reference>): Violation[] {
  const wrong: string[] = []
  const { database } = evidence.truth
  const rows = {
    ledger: database.prepare('select owner_id, outcome, reason from ledger where call_id = ? order by owner_id'),
    recordings: database.prepare('select * from recordings where call_id = ? order by owner_id, ordinal'),
    segments: database.prepare('select * from segments where recording_id = ? order by segment_index'),
    policies: database.prepare('select distinct owner_id, policy from policies where call_id = ? and owner_id is not null'),
  }
  for (const { truth } of evidence.calls) {
    const { callId } = truth
    const owners = Object.keys(truth.settings).toSorted()
    const ledger = rows.ledger.all(callId)
    const found = ledger.map((row) => String(row['owner_id']))
    const isCut = isAffectedByTrim(evidence, callId)
    if (!isCut && found.join() !== owners.join())
      wrong.push(`call ${callId}: the ledger has ${found.join(', ') || 'nobody'}, in the call were ${owners.join(', ') || 'nobody'}`)
    for (const row of rows.policies.all(callId)) {
      const { settings } = JSON.parse(String(row['policy'])) as { settings: unknown }
      const own = truth.settings[String(row['owner_id'])]
      if (own !== undefined && !isEqual(settings, own))
        wrong.push(`call ${callId}: ${String(row['owner_id'])} was recorded by other settings than were in force`)
    }
    if (isCut) continue
    const effects = references.get(callId)?.effects.map(({ effect }) => effect) ?? []
    const outcomes = new Map(effects.flatMap((effect) => (effect.kind === 'ledger' ? [[effect.ownerId, effect.outcome] as const] : [])))
    for (const row of ledger) {
      const outcome = outcomes.get(String(row['owner_id']))
      const said = `${String(row['outcome'])} ${String(row['reason'] ?? '')}`.trim()
      const right = outcome === undefined ? 'nothing' : `${outcome.outcome} ${'reason' in outcome ? outcome.reason : ''}`.trim()
      if (said !== right) wrong.push(`call ${callId}, ${String(row['owner_id'])}: the ledger says ${said}, the log ${right}`)
    }
    const recordings = rows.recordings.all(callId)
    const started = new Set(effects.flatMap((effect) => (effect.kind === 'recording.started' ? [effect.recordingId] : [])))
    for (const recordingId of started)
      if (!recordings.some((row) => row['recording_id'] === recordingId)) wrong.push(`recording ${recordingId} of ${callId} has no row`)
    for (const row of recordings) {
      const recordingId = String(row['recording_id'])
      const about = `recording ${recordingId} of ${callId}`
      if (!started.has(recordingId)) wrong.push(`${about} never began`)
      const ended = effects.find((effect) => effect.kind === 'recording.ended' && effect.recordingId === recordingId)
      if (ended?.kind !== 'recording.ended') {
        wrong.push(`${about} never ended`)
        continue
      }
      for (const [column, name] of TOTALS)
        if (row[column] !== ended.totals[name]) wrong.push(`${about}: ${column} is ${String(row[column])}, by the log ${ended.totals[name]}`)
      const status = !ended.kept && ended.totals.segments > 0 ? 'not-kept' : ended.totals.segments === 0 ? 'empty' : 'completed'
      if (row['status'] !== 'purged' && row['status'] !== status) wrong.push(`${about} is ${String(row['status'])}, by the log ${status}`)
      const sealed = effects.flatMap((effect) => (effect.kind === 'segment.sealed' && effect.segment.recordingId === recordingId ? [effect.segment] : []))
      const segments = rows.segments.all(recordingId)
      const is = segments.map((segment) => `${String(segment['segment_index'])}:${String(segment['from_ms'])}-${String(segment['to_ms'])}`).join(' ')
      const ought = sealed.map(({ index, fromMs, toMs }) => `${index}:${fromMs}-${toMs}`).join(' ')
      if (is !== ought) wrong.push(`${about} has segments ${is || 'none'}, by the log ${ought || 'none'}`)
      wrong.push(...manifestFaults(evidence, row, segments).map((fault) => `${about}: ${fault}`))
    }
  }
  return wrong.map((message) => ({ check: 'ledger', message }))
}

type Row = Record<string, unknown>

function manifestFaults({ puts }: Evidence, row: Row, segments: readonly Row[]): string[] {
  if (row['manifest_key'] === null) return segments.length === 0 ? [] : ['it has no manifest']
  const put = puts.findLast(({ key }) => key === row['manifest_key'])
  if (put === undefined) return ['its manifest was never written']
  const told = JSON.parse(new TextDecoder().decode(put.body)) as Row & { segments: Row[]; lost: { fromMs: number; toMs: number }[] }
  const wrong: string[] = []
  for (const [column, name] of TOTALS)
    if (name !== 'segments' && told[name] !== row[column]) wrong.push(`its manifest says ${name} ${String(told[name])}, its row ${String(row[column])}`)
  const keys = told.segments.map((segment) => `${String(segment['key'])} ${String(segment['sha256'])}`).join()
  if (keys !== segments.map((segment) => `${String(segment['key'])} ${String(segment['sha256'])}`).join())
    wrong.push('its manifest names other segments than its rows')
  const lostMs = told.lost.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
  if (lostMs !== row['lost_ms'] && row['status'] !== 'failed') wrong.push(`its manifest names ${lostMs} ms of losses, its row says ${String(row['lost_ms'])}`)
  return wrong
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, sorted(part)]),
  )
}
