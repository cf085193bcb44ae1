/** What may stand in a log line: ids, counts, sizes, durations and fixed words. No numbers, names, digits dialled or audio. */
export const LOG_FIELDS = [
  // who and what
  'orgId',
  'userId',
  'ownerId',
  'callId',
  'recordingId',
  'streamId',
  'eventId',
  'holdId',
  'accountId',
  'seed',
  // where
  'topic',
  'partition',
  'offset',
  'safeOffset',
  'epoch',
  'lag',
  'key',
  'path',
  'port',
  'url',
  'pid',
  'signal',
  'service',
  'node',
  'groupId',
  'generation',
  'members',
  // fixed words
  'type',
  'kind',
  'status',
  'reason',
  'outcome',
  'mode',
  'tier',
  'code',
  'step',
  'version',
  'journal',
  'halted',
  'schedule',
  // how much and how long
  'count',
  'total',
  'calls',
  'recordings',
  'segments',
  'messages',
  'records',
  'deadLetters',
  'sizeBytes',
  'durationMs',
  'delayMs',
  'capturedMs',
  'pausedMs',
  'heldMs',
  'lostMs',
  'lateMs',
  'dueAt',
  'attempt',
  'exitCode',
  'resumed',
  'claimed',
  'purged',
  'kept',
  'failed',
  'objects',
  'reappeared',
] as const

export type LogFields = { [F in (typeof LOG_FIELDS)[number]]?: string | number | boolean | null } & { error?: unknown }

const ALLOWED: ReadonlySet<string> = new Set(LOG_FIELDS)
const MAX_TEXT = 300
/** As long as a subscriber's number at its shortest, however it is punctuated; ids with letters in them stay, and names of the journal's objects. */
const NUMBER = /(?<![\w-]|\bjournal\/)\+?\d(?:[ ().-]{0,2}\d){6,}(?![\w-])/g

/** The allowed fields with plain values; `dropped` names the others. Checked at run time too: fields also come from spread objects. */
export function allowedFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const allowed: Record<string, unknown> = {}
  const dropped: string[] = []
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    if (name === 'error') allowed['error'] = describeError(value)
    else if (!ALLOWED.has(name)) dropped.push(name)
    else if (typeof value === 'string') allowed[name] = value.slice(0, MAX_TEXT)
    else if (typeof value === 'number' || typeof value === 'boolean' || value === null) allowed[name] = value
    else dropped.push(name)
  }
  return dropped.length === 0 ? allowed : { ...allowed, dropped: dropped.map(withoutNumbers) }
}

export function withoutNumbers(text: string): string {
  return text.replace(NUMBER, '[number]')
}

/** What an error may tell: its own words with numbers blanked, where it was thrown, and its causes; never the objects it carries. */
function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: withoutNumbers(String(error)).slice(0, MAX_TEXT) }
  return {
    name: error.name,
    message: withoutNumbers(error.message).slice(0, MAX_TEXT),
    ...('code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? { code: error.code } : {}),
    ...(error.stack === undefined
      ? {}
      : {
          at: error.stack
            .split('\n')
            .filter((line) => line.startsWith('    at '))
            .slice(0, 5)
            .map((line) => line.trim()),
        }),
    ...(error.cause === undefined || depth === 3 ? {} : { cause: describeError(error.cause, depth + 1) }),
  }
}
