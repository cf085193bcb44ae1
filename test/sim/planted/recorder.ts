import type { Plant } from './plant.ts'

const at = (file: string, find: string, replace: string): Plant['edits'][number] => ({ file: `services/recorder/src/${file}.ts`, find, replace })

/** Faults in what consumes, keeps, writes and commits. */
export const RECORDER_PLANTS: readonly Plant[] = [
  {
    name: 'commit-before-durable',
    breaks: 'a segment counts as written as soon as its put was begun',
    edits: [
      at(
        'store-writer',
        'const written = await persist({ key, conflictKey, isSame, body, sha256, contentType, lease })',
        'const written = { key, sha256, sizeBytes: body.length }; void persist({ key, conflictKey, isSame, body: body.slice(), sha256, contentType, lease })',
      ),
    ],
  },
  {
    name: 'failed-put-counts',
    breaks: 'an object that the store did not take is not tried again',
    edits: [at('store-writer', 'await deps.wait(retryMs, stopping.signal)', 'return { key, sha256, sizeBytes: body.length }')],
  },
  {
    name: 'shared-scratch',
    breaks: 'both channels of a segment are made in one piece of memory',
    edits: [at('segment-audio', "scratch.take('right', channelBytes)", "scratch.take('left', channelBytes)")],
  },
  {
    name: 'channels-swapped',
    breaks: 'the owner is on the right and everybody else on the left',
    edits: [at('segment-audio', 'const stereo = { format, left, right }', 'const stereo = { format, left: right, right: left }')],
  },
  {
    name: 'segment-begins-late',
    breaks: 'a segment leaves out its own first millisecond',
    edits: [
      at('segment-audio', 'const from = msToSamples(Math.max(segment.fromMs, fromMs),', 'const from = msToSamples(Math.max(segment.fromMs, fromMs) + 1,'),
    ],
  },
  {
    name: 'piece-edge-lost',
    breaks: 'where a run goes over from one piece of memory to the next, a sample is lost',
    edits: [at('audio-buffer', 'Math.min(end, pieceStart + pieceSamples)]', 'Math.min(end, pieceStart + pieceSamples - 1)]')],
  },
  {
    name: 'piece-dropped-with-floor',
    breaks: 'memory is let go of as soon as its first sample is sealed',
    edits: [at('audio-buffer', '(number + 1) * pieceSamples > floorSample', 'number * pieceSamples > floorSample')],
  },
  {
    name: 'piece-reused-early',
    breaks: 'memory is given to another call while a segment is still to be made of it',
    edits: [at('audio-pieces', 'if (!piece.isDropped || piece.users > 0) return', 'if (!piece.isDropped) return')],
  },
  {
    name: 'checkpoint-tail-dropped',
    breaks: 'a checkpoint lies behind everything folded, unsealed audio included',
    edits: [at('live-session', 'const [first] = session.kept\n', 'const first = session.kept.find((kept) => kept.audioEndMs < 0)\n')],
  },
  {
    name: 'checkpoint-behind-pending',
    breaks: 'a checkpoint does not wait for what is sealed and not yet committed',
    edits: [
      at(
        'live-session',
        'const floorMs = (first === undefined ? session.state : first.stateBefore)?.floorMs ?? 0',
        'const floorMs = session.state?.floorMs ?? 0',
      ),
      at('live-session', 'kept.audioEndMs > floorMs || (first !== undefined && kept.offset >= first.offset)', 'kept.audioEndMs > floorMs'),
    ],
  },
  {
    name: 'kept-by-its-beginning',
    breaks: 'a message is forgotten once the first audio it stands for is sealed',
    edits: [at('live-session', '(kept) => kept.audioEndMs > floorMs', '(kept) => kept.audioFromMs > floorMs')],
  },
  {
    name: 'state-after-the-message',
    breaks: 'a checkpoint holds the state after its first message instead of the one before',
    edits: [
      at(
        'partition-recorder',
        '{ placed: folded.placed, offset: record.offset, stateBefore }',
        '{ placed: folded.placed, offset: record.offset, stateBefore: folded.state }',
      ),
    ],
  },
  {
    name: 'young-call-forgotten',
    breaks: 'a call without a checkpoint does not hold back the safe offset',
    edits: [at('live-session', '(session.committedOffset ?? session.firstOffset)', 'session.committedOffset')],
  },
  {
    name: 'ready-overtakes',
    breaks: 'what is ready is committed although what comes before it is not',
    edits: [
      at(
        'committer',
        'const ready = session.pending.splice(0, waiting === -1 ? session.pending.length : waiting)',
        'const ready = session.pending.filter((pending) => pending.change !== null); session.pending = session.pending.filter((pending) => pending.change === null)',
      ),
    ],
  },
  {
    name: 'commands-not-awaited',
    breaks: 'commands count as sent before the log has taken them',
    edits: [at('partition-recorder', 'await patiently(() => deps.eventLog.append(sending))', 'deps.eventLog.append(sending).catch(() => undefined)')],
  },
  {
    name: 'owed-not-asked',
    breaks: 'after an assignment nobody asks for what is still owed',
    edits: [at('partition-recorder', 'outgoing = [...owed, ...outgoing]', 'outgoing = [...outgoing]')],
  },
  {
    name: 'ended-forgotten',
    breaks: 'after an assignment nobody remembers which recordings have ended',
    edits: [
      at('restore', 'endedRecordings: new Set(row.endedRecordings)', 'endedRecordings: new Set()'),
      at('restore', 'durableSegments: new Set(row.segments.map((segment) => `${segment.recordingId}/${segment.index}`))', 'durableSegments: new Set()'),
    ],
  },
  {
    name: 'lost-log-unsaid',
    breaks: 'a call whose audio the log no longer holds goes on as if it did',
    edits: [at('restore', 'return endedOffset === null && offset < firstOffset', 'return endedOffset === null && offset < 0 * firstOffset')],
  },
  {
    name: 'lease-never-asked',
    breaks: 'a recorder that was frozen writes objects without asking whether the partition is still its own',
    edits: [
      at('partition-lease', 'isHeld: async () => isSure() || (await ask())', 'isHeld: async () => true'),
      at('partition-lease', 'mayBegin: () => !isEnded && saidAt !== null && isFresh(saidAt, MOMENT_MS)', 'mayBegin: () => true'),
    ],
  },
  {
    name: 'trimmed-by-age-alone',
    breaks: 'the log is trimmed by age alone, whatever a fold may still need',
    edits: [at('log-retention', '(safeOffsets.get(partition) ?? 0)', 'endOffset')],
  },
  {
    name: 'silence-never-ends',
    breaks: 'a call that says nothing more is never told that its time is over',
    edits: [at('silence', 'silentMs < afterMs ||', 'silentMs >= afterMs ||')],
  },
]
