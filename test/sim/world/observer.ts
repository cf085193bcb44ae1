import { TOPICS } from '@twinreel/contracts/topics'
import type { Sim } from '../engine/types.ts'
import type { Administrator } from './administrator.ts'
import type { BegunPut, Checkpoint, Claim, Evidence, Put, SegmentFact, Takeover, Trim, Violation } from './evidence.ts'

export type Observed = Pick<
  Evidence,
  'puts' | 'begunPuts' | 'deletions' | 'checkpoints' | 'segments' | 'commands' | 'takeovers' | 'claims' | 'logLines' | 'trimmed'
> & {
  violations: Violation[]
}

/** Writes down what happens at the moment when it happens: what can't be known any more when all is over. */
export function observe(sim: Sim, administrator: Administrator): Observed {
  const puts: Put[] = []
  const begunPuts: BegunPut[] = []
  const deletions: { process: string; key: string; atMs: number }[] = []
  const checkpoints: Checkpoint[] = []
  const segments: SegmentFact[] = []
  const commands: string[] = []
  const takeovers: Takeover[] = []
  const claims: Claim[] = []
  const trimmed: Trim[] = []
  const logLines: Evidence['logLines'][number][] = []
  const violations: Violation[] = []
  const hashes = new Map<string, string>()
  const claimed = new Set<string>()
  const purged = new Set<string>()
  const { database } = sim.truth
  const select = {
    partitions: database.prepare('select partition, epoch, safe_offset, performed_offset from partitions order by partition'),
    sessions: database.prepare('select partition, call_id, log_offset, ended_offset from sessions order by call_id'),
    segments: database.prepare('select rowid, recording_id, segment_index, key, sha256, from_ms, to_ms from segments where rowid > ? order by rowid'),
    partition: database.prepare('select c.log_partition from recordings r join calls c on c.call_id = r.call_id where r.recording_id = ?'),
    purged: database.prepare('select recording_id, org_id, owner_id from recordings where purged_at_ms is not null order by recording_id'),
    live: database.prepare('select recording_id from recordings where call_id = ? and ended_log_ms is null order by recording_id'),
    claims: database.prepare('select recording_id from recordings where claimed_at_ms is not null order by recording_id'),
  }
  let lastRow = 0

  sim.hooks.onPut(({ process, key, sha256, body, askedMs, isLate }) => {
    hashes.set(key, sha256)
    puts.push({ process, key, sha256, body, askedMs, atMs: sim.time.now(), isLate })
  })
  sim.hooks.onAsk(({ process, kind, what, detail }) => {
    if (what === 'store.put' && kind === 'recorder') begunPuts.push({ process, key: String(detail), atMs: sim.time.now() })
  })
  sim.hooks.onDelete(({ process, key }) => {
    hashes.delete(key)
    deletions.push({ process, key, atMs: sim.time.now() })
  })
  sim.hooks.onAppend(({ record }) => {
    if (record.topic === TOPICS.callCommands) commands.push(record.headers['ce_id'] ?? '')
  })
  sim.hooks.onTrim(({ process, topic, partition, beforeOffset }) => {
    if (topic !== TOPICS.calls) return
    const checkpoint = checkpoints.findLast((one) => one.partition === partition) ?? null
    if (beforeOffset <= (checkpoint?.safeOffset ?? 0)) return
    if (process === null) trimmed.push({ atMs: sim.time.now(), partition, beforeOffset, checkpoint })
    else
      violations.push({
        check: 'log',
        message: `${process} had the log forget partition ${partition} below ${beforeOffset}, which was needed from ${checkpoint?.safeOffset ?? 0} on`,
      })
  })
  sim.hooks.onLog((line) => void logLines.push(line))
  sim.hooks.onCommit(({ process, kind }) => {
    if (kind === 'retention') noteClaims()
    if (kind === 'retention') notePurged(process)
    if (kind === 'recorder') noteCheckpoints(process)
  })

  function noteClaims(): void {
    const acked = administrator.acts.filter(({ ackedMs }) => ackedMs !== null)
    const underWay = administrator.acts.filter(({ ackedMs }) => ackedMs === null)
    for (const row of select.claims.all()) {
      const recordingId = String(row['recording_id'])
      if (claimed.has(recordingId)) continue
      claimed.add(recordingId)
      claims.push({ recordingId, atMs: sim.time.now(), acked, underWay })
    }
  }

  /** A deletion is certified: at that moment nothing is left of the recording, in no version. What is put there afterwards is another matter. */
  function notePurged(process: string): void {
    for (const row of select.purged.all()) {
      const recordingId = String(row['recording_id'])
      if (purged.has(recordingId)) continue
      purged.add(recordingId)
      const prefix = `recordings/${String(row['org_id'])}/${String(row['owner_id'])}/${recordingId}/`
      const left = [...sim.truth.objects(prefix).map(({ key }) => key), ...sim.truth.hiddenVersions().filter((key) => key.startsWith(prefix))]
      if (left.length > 0)
        violations.push({ check: 'retention', message: `${process} certified that ${recordingId} is deleted, and ${left.join(', ')} is there` })
    }
  }

  /** Whoever raised a partition's epoch last has it: what anybody else commits for it is stale. */
  const holders = new Map<number, { epoch: number; process: string }>()
  const offsets = new Map<string, string>()

  function noteHolders(process: string, sessions: readonly Checkpoint['sessions'][number][], partition: number, epoch: number, safeOffset: number): void {
    const known = holders.get(partition)
    const isRaised = known === undefined || known.epoch !== epoch
    if (isRaised) {
      holders.set(partition, { epoch, process })
      const logStart = sim.truth.logStarts(TOPICS.calls)[partition] ?? 0
      const cut = sessions.filter((session) => session.endedOffset === null && session.offset < logStart)
      const lost = cut.flatMap(({ callId }) => select.live.all(callId).map((row) => String(row['recording_id'])))
      takeovers.push({ partition, process, atMs: sim.time.now(), lost })
    }
    const now = `${safeOffset} ${sessions.map(({ callId, offset, endedOffset }) => `${callId} ${offset} ${endedOffset}`).join()}`
    const before = offsets.get(String(partition))
    offsets.set(String(partition), now)
    if (!isRaised && before !== undefined && before !== now && known.process !== process)
      violations.push({ check: 'stale', message: `${process} moved checkpoints of partition ${partition}, which ${known.process} had taken over` })
  }

  function noteCheckpoints(process: string): void {
    for (const row of select.segments.all(lastRow)) {
      lastRow = Number(row['rowid'])
      const fact = {
        recordingId: String(row['recording_id']),
        index: Number(row['segment_index']),
        key: String(row['key']),
        sha256: String(row['sha256']),
        fromMs: Number(row['from_ms']),
        toMs: Number(row['to_ms']),
      }
      segments.push(fact)
      const partition = Number(select.partition.get(fact.recordingId)?.['log_partition'] ?? -1)
      const holder = holders.get(partition)
      if (holder !== undefined && holder.process !== process)
        violations.push({
          check: 'stale',
          message: `${process} committed segment ${fact.index} of ${fact.recordingId} in partition ${partition}, which ${holder.process} had taken over`,
        })
      if (hashes.get(fact.key) !== fact.sha256)
        violations.push({
          check: 'durable-first',
          message: `${process} committed segment ${fact.index} of ${fact.recordingId} while the store has ${hashes.has(fact.key) ? 'other bytes' : 'nothing'} under ${fact.key}`,
        })
    }
    const sessions = select.sessions.all()
    for (const row of select.partitions.all()) {
      const partition = Number(row['partition'])
      const safeOffset = Number(row['safe_offset'] ?? 0)
      const own = sessions
        .filter((session) => session['partition'] === partition)
        .map((session) => ({
          callId: String(session['call_id']),
          offset: Number(session['log_offset']),
          endedOffset: session['ended_offset'] === null ? null : Number(session['ended_offset']),
        }))
      const epoch = Number(row['epoch'])
      noteHolders(process, own, partition, epoch, safeOffset)
      const performedOffset = Number(row['performed_offset'])
      const known = { segmentsKnown: segments.length, commandsKnown: commands.length }
      checkpoints.push({ atMs: sim.time.now(), process, partition, epoch, safeOffset, performedOffset, sessions: own, ...known })
    }
  }

  return { puts, begunPuts, deletions, checkpoints, segments, commands, takeovers, claims, trimmed, logLines, violations }
}
