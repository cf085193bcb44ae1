import { capturedCalls } from '@twinreel/catalog/captured-calls'
import { listClosedEntries } from '@twinreel/catalog/ledger'
import type { Catalog } from '@twinreel/catalog/open'
import { callsNamed, callsOfOwners, usersAt, usersNamed, type NamedCall } from '@twinreel/catalog/record-candidates'
import type { CallRecord } from '@twinreel/call-records/call-record'
import type { CapturedCall, KnownUser } from '@twinreel/call-records/captured-call'
import { isGap, STATUSES, type Finding, type Status } from '@twinreel/call-records/finding'
import { judgeCall, judgeUnmatched } from '@twinreel/call-records/judge'
import { matchRecord, type Candidate, type Match } from '@twinreel/call-records/match'
import { usageError } from '../command-error.ts'
import { allPages } from '../pages.ts'
import { groupLegs, type OwnersLegs } from './group-legs.ts'
import type { Leg, Scratch } from './scratch.ts'

export interface ReconcileOptions {
  /** The time whose calls are compared, milliseconds UTC, half-open; by default what the records span. */
  fromMs?: number | undefined
  toMs?: number | undefined
  orgId?: string | undefined
  toleranceMs: number
  minGapMs: number
  /** Whether the file says whose its records are. */
  hasUsers: boolean
  onProgress?(done: number): void
}

export interface Reconciled {
  fromMs: number
  toMs: number
  records: number
  counts: Readonly<Record<Status, number>>
  /** Calls in which all was captured that should have been, and the platform still forgot to say something. */
  forgotten: number
  /** Users that the file names, how many of them the catalog knows, and the first lines in which unknown ones stand. */
  users: { named: number; known: number; unknown: readonly NamedUser[] }
}

export interface NamedUser {
  name: string
  line: number
}

const BATCH = 500
const CALLS = 100

export interface Loaded {
  /** New ones, and in the time asked for. */
  records: number
  repeated: number
  outside: number
  /** Of the new ones, those that say that somebody answered. */
  answered: number
}

/** Reads records into a scratch database. */
export async function loadRecords(
  scratch: Scratch,
  records: AsyncIterable<CallRecord>,
  { fromMs = -Infinity, toMs = Infinity, onProgress }: Pick<ReconcileOptions, 'fromMs' | 'toMs' | 'onProgress'>,
): Promise<Loaded> {
  const told = { records: 0, repeated: 0, outside: 0, answered: 0 }
  for await (const record of records) {
    const atMs = record.talk?.fromMs ?? record.startMs
    if (atMs < fromMs || atMs >= toMs) told.outside++
    else if (scratch.addRecord(record)) {
      told.records++
      if (record.talk !== null) told.answered++
    } else told.repeated++
    onProgress?.(told.records)
  }
  scratch.flush()
  return told
}

/** Compares the loaded records with the ledger, both ways; every finding is in the scratch database then. */
export async function reconcileRecords(catalog: Catalog, scratch: Scratch, records: number, options: ReconcileOptions): Promise<Reconciled> {
  const extent = scratch.extent()
  const [fromMs, toMs] = [options.fromMs ?? extent?.fromMs ?? 0, options.toMs ?? extent?.toMs ?? 0]
  const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>
  let forgotten = 0
  const tell = (finding: Finding): void => {
    counts[finding.status]++
    if (!isGap(finding.status) && finding.events.length > 0) forgotten++
    scratch.addFinding(finding, isGap(finding.status) || finding.events.length > 0)
  }
  const users = await nameUsers(catalog, scratch, options.orgId)
  await matchLegs(catalog, scratch, options)
  await judgeMatched(catalog, scratch, options, tell)
  await judgeOthers(catalog, scratch, options, tell)
  await judgeWithoutRecord(catalog, scratch, { ...options, fromMs, toMs }, tell)
  scratch.flush()
  return { fromMs, toMs, records, counts, forgotten, users }
}

/** So many tell what stands in a column. */
const MOST_UNKNOWN = 3

async function nameUsers(catalog: Catalog, scratch: Scratch, orgId: string | undefined): Promise<Reconciled['users']> {
  const told = { named: 0, known: 0 }
  let unknown: NamedUser[] = []
  for (let after = ''; ;) {
    const users = scratch.users(after, BATCH)
    const found = await usersNamed(
      catalog,
      users.map(({ name }) => name),
      orgId,
    )
    for (const { name, line } of users) {
      const [userId, other] = found.get(name) ?? []
      if (other !== undefined) throw usageError(`the user in line ${line} is one of several organizations`, 'say with --org whose file it is')
      told.named++
      if (userId === undefined) unknown.push({ name, line })
      else {
        told.known++
        scratch.setOwner(name, userId)
      }
    }
    unknown = unknown.toSorted((a, b) => a.line - b.line).slice(0, MOST_UNKNOWN)
    const last = users.at(-1)
    if (last === undefined) return { ...told, unknown }
    after = last.name
  }
}

async function matchLegs(catalog: Catalog, scratch: Scratch, { orgId, toleranceMs, onProgress }: ReconcileOptions): Promise<void> {
  let done = 0
  for (let after = 0; ;) {
    const legs = scratch.legs(after, BATCH)
    const last = legs.at(-1)
    if (last === undefined) return
    after = last.id
    const ids = (of: 'callId' | 'correlationId'): string[] => [...new Set(legs.flatMap(({ record }) => record[of] ?? []))]
    const named = await callsNamed(catalog, { callIds: ids('callId'), correlationIds: ids('correlationId'), orgId })
    const byId = new Map(named.map((call) => [call.callId, call]))
    const byCorrelation = Map.groupBy(named, ({ correlationId }) => correlationId)
    const candidates = (leg: Leg, byTime: readonly Candidate[]): Match => {
      const { callId, correlationId } = leg.record
      const own = callId === null ? undefined : byId.get(callId)
      const correlated = correlationId === null ? [] : (byCorrelation.get(correlationId) ?? [])
      return matchRecord(
        leg.record,
        { byCallId: own === undefined ? [] : [candidateOf(own, leg)], byCorrelation: correlated.map((call) => candidateOf(call, leg)), byTime },
        toleranceMs + coarse(leg.record),
      )
    }
    const matches = new Map(legs.map((leg) => [leg.id, candidates(leg, [])]))
    const asked = legs.flatMap(({ id, ownerId, record }) => {
      if (ownerId === null || record.talk === null || matches.get(id)?.kind !== 'unknown') return []
      const widthMs = toleranceMs + coarse(record)
      return [{ key: id, ownerId, fromMs: record.talk.fromMs - widthMs, toMs: record.talk.fromMs + widthMs }]
    })
    const atTime = asked.length === 0 ? new Map<number, Candidate[]>() : await callsOfOwners(catalog, asked, orgId)
    for (const leg of legs) {
      const byTime = atTime.get(leg.id)
      scratch.setMatch(leg.id, byTime === undefined ? (matches.get(leg.id) ?? { kind: 'unknown' }) : candidates(leg, byTime))
    }
    done += legs.length
    onProgress?.(done)
  }
}

function candidateOf({ callId, timeZeroMs, endedLogMs, ownerIds }: NamedCall, { ownerId }: Leg): Candidate {
  return { callId, timeZeroMs, endedLogMs, startsMs: [], hasOwner: ownerId !== null && ownerIds.includes(ownerId) }
}

function coarse({ precisionMs }: CallRecord): number {
  return precisionMs > 1 ? precisionMs : 0
}

async function judgeMatched(catalog: Catalog, scratch: Scratch, options: ReconcileOptions, tell: (finding: Finding) => void): Promise<void> {
  for (let after = ''; ;) {
    const callIds = scratch.matchedCalls(after, CALLS)
    const last = callIds.at(-1)
    if (last === undefined) return
    after = last
    const calls = await capturedCalls(catalog, callIds)
    const grouped = [...calls.values()].map((call) => ({ call, ...groupLegs(call, scratch.legsOf(call.callId)) }))
    const users = await knownUsers(
      catalog,
      grouped.flatMap(({ call, owners, others }) => [
        ...owners.filter(({ ownerId }) => !isInLedger(call, ownerId)).flatMap(({ legs }) => legs.slice(0, 1)),
        ...others.map(({ leg }) => leg),
      ]),
    )
    for (const { call, owners, others, releasedMs } of grouped) {
      for (const of of owners) {
        tell(judgeCall(call, recordsOf(of, users), releasedMs, options))
        scratch.markMatched(call.callId, of.ownerId)
      }
      for (const { leg, candidates } of others) {
        tell(judgeUnmatched(leg.record, users.get(leg.id) ?? null, candidates, true))
        markCandidates(scratch, leg, candidates)
      }
    }
  }
}

function isInLedger(call: CapturedCall, ownerId: string): boolean {
  return call.owners.some((owner) => owner.ownerId === ownerId)
}

function recordsOf({ ownerId, legs, matchedBy }: OwnersLegs, users: ReadonlyMap<number, KnownUser>): Parameters<typeof judgeCall>[1] {
  const user = legs.map(({ id }) => users.get(id)).find((known) => known !== undefined) ?? null
  return { ownerId, records: legs.map(({ record }) => record), matchedBy, user }
}

/** By the leg's id: its user as of its answer. */
async function knownUsers(catalog: Catalog, legs: readonly Leg[]): Promise<Map<number, KnownUser>> {
  const asked = legs.flatMap(({ id, ownerId, record }) => (ownerId === null ? [] : [{ key: id, userId: ownerId, atMs: record.talk?.fromMs ?? record.startMs }]))
  return asked.length === 0 ? new Map() : usersAt(catalog, asked)
}

async function judgeOthers(catalog: Catalog, scratch: Scratch, { hasUsers }: ReconcileOptions, tell: (finding: Finding) => void): Promise<void> {
  for (let after = 0; ;) {
    const legs = scratch.unmatched(after, BATCH)
    const last = legs.at(-1)
    if (last === undefined) return
    after = last.id
    const users = await knownUsers(catalog, legs)
    for (const leg of legs) {
      const candidates = leg.match.kind === 'ambiguous' ? leg.match.callIds : []
      tell(judgeUnmatched(leg.record, users.get(leg.id) ?? null, candidates, hasUsers))
      markCandidates(scratch, leg, candidates)
    }
  }
}

/** One of these calls has a record: none of them is told as having none. */
function markCandidates(scratch: Scratch, { ownerId }: Leg, candidates: readonly string[]): void {
  if (ownerId !== null) for (const callId of candidates) scratch.markMatched(callId, ownerId)
}

/** The other way round. At the edges of the time a clock that differs could have put a call's record outside. */
async function judgeWithoutRecord(
  catalog: Catalog,
  scratch: Scratch,
  { fromMs, toMs, orgId, toleranceMs, minGapMs }: ReconcileOptions & { fromMs: number; toMs: number },
  tell: (finding: Finding) => void,
): Promise<void> {
  const time = { fromMs: fromMs + toleranceMs, toMs: toMs - toleranceMs, orgId }
  const entries = allPages(
    (page: Pick<Parameters<typeof listClosedEntries>[1], 'after' | 'limit'>) => listClosedEntries(catalog, { ...time, ...page }),
    (last) => last,
  )
  let missed: { callId: string; ownerId: string }[] = []
  const judge = async (): Promise<void> => {
    const calls = await capturedCalls(catalog, [...new Set(missed.map(({ callId }) => callId))])
    for (const { callId, ownerId } of missed) {
      const call = calls.get(callId)
      if (call !== undefined) tell(judgeCall(call, { ownerId, records: [], matchedBy: null, user: null }, null, { toleranceMs, minGapMs }))
    }
    missed = []
  }
  for await (const { callId, ownerId } of entries) {
    if (scratch.isMatched(callId, ownerId)) continue
    missed.push({ callId, ownerId })
    if (missed.length >= CALLS) await judge()
  }
  await judge()
}
