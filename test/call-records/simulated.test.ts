import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { capturedCalls } from '@twinreel/catalog/captured-calls'
import { listLedger } from '@twinreel/catalog/ledger'
import type { Finding } from '@twinreel/call-records/finding'
import { silentLogger } from '@twinreel/service/log'
import { generatePlans } from '@twinreel/simulator/generate'
import { simulate } from '@twinreel/simulator/simulate'
import { truthOf, type CallTruth } from '@twinreel/simulator/truth'
import { readRecords } from '@twinreel/twinreel/call-records/read-records'
import { loadRecords, reconcileRecords } from '@twinreel/twinreel/call-records/reconcile-records'
import { openScratch } from '@twinreel/twinreel/call-records/scratch'
import { openEngines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { ONE_KEY } from '../support/signing.ts'

const CALLS = { seed: 23, calls: 200, users: 24, callSeconds: 24, startsWithinSeconds: 7_200, mixedFormats: false }

/** The platform's record of a user's leg, out of what truly happened, whatever became of the messages. */
interface TrueLeg {
  callId: string
  userId: string
  answerMs: number
  releaseMs: number
  answered: boolean
}

function legsOf(truth: CallTruth): TrueLeg[] {
  const zeroMs = Date.parse(truth.timeZero)
  const at = (type: string, participantId: string): number | undefined =>
    truth.events.find((event) => event.type === type && idOf(event.data) === participantId)?.atMs
  const endMs = Math.max(...truth.events.map(({ atMs }) => atMs))
  return truth.participants.flatMap(({ participantId, userId, role }) => {
    if (userId === null) return []
    const joinedMs = at('participant.joined', participantId)
    const answered = joinedMs !== undefined || role === 'originating' || truth.answeredBy.participantId === participantId
    const answerMs = zeroMs + (joinedMs ?? 0)
    return [{ callId: truth.callId, userId, answerMs, releaseMs: answered ? zeroMs + (at('participant.left', participantId) ?? endMs) : answerMs, answered }]
  })
}

function idOf(data: unknown): unknown {
  const { participantId, participant } = data as { participantId?: string; participant?: { participantId: string } }
  return participant?.participantId ?? participantId
}

test('of calls that a platform simulated and a recorder recorded, the records of what truly happened find the lost ends, the failures, the lost audio, and nothing else', async () => {
  const dataDir = temporaryDirectory()
  const engines = await openEngines({ dataDir })
  const { plans, people } = generatePlans(CALLS)
  const truths: CallTruth[] = []
  const recorder = await recordWith(engines, silentLogger, ONE_KEY)
  await simulate({
    log: engines.eventLog,
    catalog: engines.catalog,
    plans,
    people,
    speed: 'max',
    seed: CALLS.seed,
    faults: { loss: 0.002, duplicate: 0.02, reorder: 0.03, lostEnd: 0.15 },
    onCall: (call) => void truths.push(truthOf(call, new Map())),
  })
  await recorder.stop()
  const legs = truths.flatMap(legsOf)
  const withoutRecord = legs.filter(({ answered }) => answered)[40]
  const findings = await reconciled(
    engines.catalog,
    legs.filter((leg) => leg !== withoutRecord),
  )
  const captured = await capturedCalls(
    engines.catalog,
    truths.map(({ callId }) => callId),
  )
  const ledger = await listLedger(engines.catalog, { limit: 10_000 })
  await engines.catalog.close()
  await engines.eventLog.close()
  expect(legs.length).toBeGreaterThan(220)

  const counts = { lostEnds: 0, losses: 0 }
  const stray = { ...withoutRecord }
  for (const entry of ledger) {
    const name = `${entry.callId}/${entry.ownerId}`
    const finding = findings.find(({ callId, ownerId }) => callId === entry.callId && ownerId === entry.ownerId)
    if (entry.callId === stray.callId && entry.ownerId === stray.userId) {
      expect(finding?.status, name).toBe(
        entry.outcome === 'recorded' ? 'recorded-without-record' : entry.outcome === 'failed' ? 'not-recorded' : 'intentionally-not-recorded',
      )
      continue
    }
    const truth = truths.find(({ callId }) => callId === entry.callId)
    const owner = captured.get(entry.callId)?.owners.find(({ ownerId }) => ownerId === entry.ownerId)
    const isIdle = owner?.recordings.at(-1)?.endReason === 'idle'
    const lostMs = owner?.recordings.reduce((sum, recording) => sum + recording.lostMs, 0) ?? 0
    const isRecorded = entry.outcome === 'recorded'
    const expected = entry.outcome === 'failed' ? 'not-recorded' : !isRecorded ? 'intentionally-not-recorded' : lostMs > 0 ? 'partly' : 'recorded'
    expect(finding?.status, `${name}: ${JSON.stringify(finding)}`).toBe(expected)
    const events = finding?.events.map(({ type, how }) => `${type} ${how}`) ?? []
    expect(events, name).toEqual(isRecorded && isIdle ? ['call.ended missing'] : [])
    if (isRecorded && isIdle) expect(truth?.endLost, name).toBe(true)
    const told = finding?.gaps.filter(({ reason }) => reason === 'lost').reduce((sum, { lengthMs }) => sum + lengthMs, 0) ?? 0
    if (isRecorded) expect(told, name).toBe(lostMs)
    counts.lostEnds += isRecorded && isIdle ? 1 : 0
    counts.losses += told > 0 ? 1 : 0
  }
  // Each call's clock stands still: the day has all of it.
  expect(counts.lostEnds).toBeGreaterThan(5)
  expect(counts.losses).toBeGreaterThan(20)
  const inLedger = new Set(ledger.map(({ callId, ownerId }) => `${callId}/${ownerId}`))
  expect(findings.filter(({ callId, ownerId, status }) => status !== 'intentionally-not-recorded' && !inLedger.has(`${callId}/${ownerId}`))).toEqual([])
}, 300_000)

async function reconciled(catalog: Parameters<typeof reconcileRecords>[0], legs: readonly TrueLeg[]): Promise<Finding[]> {
  const directory = temporaryDirectory()
  const iso = (ms: number): string => new Date(ms).toISOString()
  const lines = legs.map(({ callId, userId, answerMs, releaseMs, answered }) => [callId, userId, iso(answerMs), iso(releaseMs), answered].join(';'))
  writeFileSync(join(directory, 'calls.csv'), ['call;user;from;to;answered', ...lines].join('\n'))
  const columns = 'delimiter: ";"\ncolumns: { callId: call, user: user, start: from, answer: from, release: to, answered: answered }\n'
  writeFileSync(join(directory, 'columns.yaml'), columns)
  const { records, columns: read } = await readRecords(join(directory, 'calls.csv'), {
    source: { kind: 'file', path: join(directory, 'columns.yaml') },
    format: 'csv',
  })
  const scratch = openScratch()
  const loaded = await loadRecords(scratch, records, {})
  await reconcileRecords(catalog, scratch, loaded.records, { toleranceMs: 500, minGapMs: 1, hasUsers: read.user !== undefined })
  const findings = [...scratch.findings('all')]
  scratch.close()
  return findings
}
