import type { Plant } from './plant.ts'

const at = (file: string, find: string, replace: string): Plant['edits'][number] => ({ file: `packages/catalog/src/${file}.ts`, find, replace })

/** Faults in what is written down, and in which transaction. */
export const CATALOG_PLANTS: readonly Plant[] = [
  {
    name: 'epoch-not-compared',
    breaks: 'a recorder that lost its partition can still commit',
    edits: [
      at(
        'recorder',
        'if (stored?.epoch !== of.epoch) throw new EpochLostError(of, of.epoch, stored?.epoch ?? null)\n    const announced',
        'if (stored === undefined) throw new EpochLostError(of, of.epoch, null)\n    const announced',
      ),
    ],
  },
  {
    name: 'epoch-not-raised',
    breaks: 'taking a partition over does not lock out whoever had it',
    edits: [at('recorder', ': now.epoch + 1', ': now.epoch')],
  },
  {
    name: 'settings-of-the-moment',
    breaks: 'a call is recorded by the settings at the time of the fold, not of its answer',
    edits: [
      at(
        'policies',
        'asked.set(key, { ownerId, orgId: request.orgId, asOfMs: request.asOfMs })',
        'asked.set(key, { ownerId, orgId: request.orgId, asOfMs: Number.MAX_SAFE_INTEGER })',
      ),
    ],
  },
  {
    name: 'outbox-forgets-first',
    breaks: 'announcements are forgotten without waiting for the log to take them',
    edits: [at('outbox', '  if (messages.length > 0) await send(messages)\n', '  if (messages.length > 0) void send(messages).catch(() => undefined)\n')],
  },
  {
    name: 'outbox-newest-first',
    breaks: 'announcements are sent in the wrong order',
    edits: [at('outbox', ".orderBy('outbox_id')", ".orderBy('outbox_id', 'desc')")],
  },
  {
    name: 'checkpoint-without-the-segment',
    breaks: 'the checkpoint is written, the segment’s row is not',
    edits: [
      at(
        'recorder/recordings',
        "await applySegments(tx, ofKind(changes, 'segment'))",
        "if (ofKind(changes, 'session').length === 0) await applySegments(tx, ofKind(changes, 'segment'))",
      ),
    ],
  },
  {
    name: 'purge-without-recheck',
    breaks: 'what looked due is claimed without being looked at again',
    edits: [
      at(
        'retention',
        'row === undefined ? null : verdictOf(row)',
        "row === undefined ? null : verdictOf({ ...row, hold_id: null, tier: 'go', tier_since_ms: 0, told_tier: 'go', told_since_ms: 0, told_change: row.tier_change })",
      ),
    ],
  },
  {
    name: 'held-and-gone',
    breaks: 'a legal hold keeps nothing',
    edits: [
      at('retention-facts', ".where('h.released_at_ms', 'is', null)", ".where('h.hold_id', '=', '')"),
      at('due', ".where('h.released_at_ms', 'is', null)", ".where('h.hold_id', '=', '')"),
    ],
  },
  {
    name: 'paid-and-gone',
    breaks: 'recordings of paid tiers go after 30 days like those of the free one',
    edits: [
      at('due', "        .where('a.tier', '=', 'go')\n        .where('a.tier_since_ms'", "        .where('a.tier_since_ms'"),
      at('due', "ownerIds)\n    .where('a.tier', '=', 'go')\n", 'ownerIds)\n'),
      at('due-by-org', "    .where('a.tier', '=', 'go')\n", ''),
      {
        file: 'packages/recording/src/retention.ts',
        find: "    case 'standard':\n    case 'ai':\n      return { kind: 'keep', why: 'paid-tier' }\n",
        replace: '',
      },
      {
        file: 'packages/recording/src/retention.ts',
        find: "    case 'go':\n",
        replace: "    case 'go':\n    case 'standard':\n    case 'ai':\n",
      },
    ],
  },
  {
    name: 'became-free-today',
    breaks: 'after a downgrade the 30 days count from the end of the recording',
    edits: [
      at('due', "        .where('a.tier_since_ms', '<=', cutoffMs)\n        .where('a.user_id'", "        .where('a.user_id'"),
      at('due', "    .where('a.tier_since_ms', '<=', cutoffMs)\n    .$if", '    .$if'),
      at('due-by-org', "    .where('a.tier_since_ms', '<=', cutoffMs)\n", ''),
      at('owners-due', "          .where('a.tier_since_ms', '<=', cutoffMs)\n", ''),
      { file: 'packages/recording/src/retention.ts', find: 'Math.max(endedAtMs, tier.sinceMs)', replace: 'endedAtMs' },
    ],
  },
  {
    name: 'thirty-one-days',
    breaks: 'what is due goes a day late',
    edits: [{ file: 'packages/recording/src/retention.ts', find: '720 * 3_600_000', replace: '744 * 3_600_000' }],
  },
]
