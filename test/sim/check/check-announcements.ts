import { TOPICS } from '@twinreel/contracts/topics'
import type { Evidence, Violation } from '../world/evidence.ts'
import type { Reference } from './reference.ts'
import { isAffectedByTrim } from './trimmed-calls.ts'

/** What is announced on topic `recordings` happened, all that happened is announced at least once, in the order of its happening; a refused position has one dead letter. */
export function checkAnnouncements(evidence: Evidence, references: ReadonlyMap<string, Reference>): Violation[] {
  const wrong: string[] = []
  const { truth } = evidence
  const told = new Map<string, { type: string; partition: number; at: number }>()
  for (const [at, { headers, partition }] of truth.appended(TOPICS.recordings).entries()) {
    const id = headers['ce_id'] ?? ''
    const type = (headers['ce_type'] ?? '').replace(/^io\.twinreel\./, '').replace(/\.v\d+$/, '')
    const known = told.get(id)
    if (known !== undefined && known.type !== type) wrong.push(`announcement ${id} is both ${known.type} and ${type}`)
    if (known === undefined) told.set(id, { type, partition, at })
  }
  const rows = truth.database.prepare('select recording_id, call_id, status, purged_at_ms from recordings').all()
  const happened = new Map<string, string>()
  for (const { truth: call } of evidence.calls) {
    if (isAffectedByTrim(evidence, call.callId)) {
      for (const [id, { type }] of told) if (id.startsWith(`${call.callId}/`)) happened.set(id, type)
      for (const row of rows)
        if (row['call_id'] === call.callId) for (const [id, { type }] of told) if (id.startsWith(`${String(row['recording_id'])}/`)) happened.set(id, type)
      continue
    }
    const order: string[] = []
    const effects = references.get(call.callId)?.effects ?? []
    const lastOutcome = new Map(effects.flatMap(({ effect }) => (effect.kind === 'ledger' ? [[effect.ownerId, effect.outcome.outcome] as const] : [])))
    for (const { effect } of effects) {
      const id = announcementOf(effect, call.callId, rows)
      if (id === null) continue
      happened.set(id.id, id.type)
      // What a call's later end corrects may be corrected before it was ever told.
      const isCorrected = effect.kind === 'ledger' && lastOutcome.get(effect.ownerId) !== effect.outcome.outcome
      if (!isCorrected) order.push(id.id)
    }
    const last = new Map<number, number>()
    for (const id of new Set(order)) {
      const own = told.get(id)
      if (own === undefined) {
        wrong.push(`${id} (${happened.get(id)}) was never announced`)
        continue
      }
      // Nobody promises an order between partitions.
      const before = last.get(own.partition) ?? -1
      if (own.at < before) wrong.push(`${id} (${happened.get(id)}) was announced too early`)
      last.set(own.partition, Math.max(before, own.at))
    }
  }
  for (const row of rows) {
    const id = `${String(row['recording_id'])}/purged`
    if (row['purged_at_ms'] === null) continue
    happened.set(id, 'recording.purged')
    if (!told.has(id)) wrong.push(`${id} was never announced`)
  }
  for (const [id, { type }] of told) if (happened.get(id) !== type) wrong.push(`${id} was announced as ${type}, and ${happened.get(id) ?? 'nothing'} happened`)
  wrong.push(...deadLetterFaults(evidence, references))
  return wrong.map((message) => ({ check: 'announcements', message }))
}

type Effect = Reference['effects'][number]['effect']

function announcementOf(effect: Effect, callId: string, rows: readonly Record<string, unknown>[]): { id: string; type: string } | null {
  switch (effect.kind) {
    case 'recording.started':
      return { id: `${effect.recordingId}/started`, type: 'recording.started' }
    case 'recording.paused':
    case 'recording.resumed':
      return { id: `${effect.recordingId}/${effect.number}`, type: effect.kind }
    case 'recording.ended': {
      const isPurged = rows.some((row) => row['recording_id'] === effect.recordingId && row['status'] === 'purged')
      if (effect.totals.segments === 0) return { id: `${effect.recordingId}/failed`, type: 'recording.failed' }
      if (!effect.kept) return null
      return { id: `${effect.recordingId}/completed`, type: 'recording.completed', ...(isPurged ? {} : {}) }
    }
    case 'ledger':
      if (effect.outcome.outcome === 'recorded') return null
      return { id: `${callId}/${effect.ownerId}/${effect.outcome.outcome}`, type: effect.outcome.outcome === 'excluded' ? 'call.excluded' : 'recording.failed' }
    default:
      return null
  }
}

function deadLetterFaults({ truth, trimmed }: Evidence, references: ReadonlyMap<string, Reference>): string[] {
  const wrong: string[] = []
  const letters = new Map<string, Set<string>>()
  for (const { headers, value } of truth.appended(TOPICS.deadLetters)) {
    const id = headers['ce_id'] ?? ''
    const own = letters.get(id) ?? new Set()
    own.add(value === null ? '' : Buffer.from(value).toString('latin1'))
    letters.set(id, own)
  }
  for (const [id, texts] of letters) if (texts.size > 1) wrong.push(`position ${id} has ${texts.size} different dead letters`)
  if (trimmed.length > 0) return wrong
  const due = new Set<string>()
  for (const { effects, refused } of references.values()) {
    for (const { effect, record } of effects) if (effect.kind === 'dead-letter') due.add(`${record.topic}/${record.partition}/${record.offset}`)
    for (const record of refused) due.add(`${record.topic}/${record.partition}/${record.offset}`)
  }
  for (const id of due) if (!letters.has(id)) wrong.push(`position ${id} was refused and has no dead letter`)
  return wrong
}
