import { compareKeys } from '@twinreel/object-store/key'
import { StoreError, type ObjectStore } from '@twinreel/object-store/port'
import { recordingPrefix, type RecordingPath } from '@twinreel/recording/keys'

/** A page that settles fewer is full of what is kept: a listing of each recording's own prefix, which is empty, costs less. */
const LEAST_SETTLED = 16
/** So many are left to listings of their own before a range is tried again. */
const LEFT_OUT = 128
/** Asked for first: where all of a batch is gone, one key behind its last recording says so. */
const FEW_KEYS = 16
const WHOLE_PAGE = 1_000
/** So many recordings of one owner are worth a listing of his own. */
const MANY_OF_ONE = 8

export interface Proof<R> {
  /** Nothing of these is left. */
  gone: ReadonlySet<R>
  /** Why the store could not be asked about those not in `gone`; `null` when it answered, or to ask about each by itself may help. */
  failure: string | null
}

interface Placed<R> {
  recording: R
  prefix: string
}

/**
 * Of which recordings nothing is left, hidden versions included, by few listings: a page of what remains, begun at a recording's prefix,
 * speaks for all prefixes between there and the page's last key. Hardly more pages than recordings. Those not in `gone` have something left, or lie where
 * ranges do not pay or can't be read: they are asked for each by itself.
 */
export async function provenGone<R extends RecordingPath>(store: ObjectStore, recordings: readonly R[]): Promise<Proof<R>> {
  const sorted = recordings.map((recording) => ({ recording, prefix: recordingPrefix(recording) })).toSorted((a, b) => compareKeys(a.prefix, b.prefix))
  const gone = new Set<R>()
  for (const range of rangesOf(sorted)) {
    const failure = await proveRange(store, range, gone)
    const unproven = failure === null ? undefined : range.find(({ recording }) => !gone.has(recording))
    // A gateway over a file system fails to list what others delete while it reads, as the batch behind this one; by itself each can be listed.
    if (failure !== null && unproven !== undefined && !(await answers(store, unproven.prefix))) return { gone, failure }
  }
  return { gone, failure: null }
}

/** One owner's, where they are many, end before what others delete; few of many owners are one range. */
function rangesOf<R>(sorted: readonly Placed<R>[]): Placed<R>[][] {
  const ranges: Placed<R>[][] = []
  let few: Placed<R>[] = []
  for (const own of Map.groupBy(sorted, ({ prefix }) => ownerFolder(prefix)).values()) {
    if (own.length < MANY_OF_ONE) few.push(...own)
    else {
      ranges.push(few, own)
      few = []
    }
  }
  return [...ranges, few].filter((range) => range.length > 0)
}

/** Adds what is gone of a range; why the store could not be asked about the rest, `null` when it answered, or can't for these in one. */
async function proveRange<R>(store: ObjectStore, sorted: readonly Placed<R>[], gone: Set<R>): Promise<string | null> {
  const last = sorted.at(-1)?.prefix ?? ''
  let limit = sorted.length < MANY_OF_ONE ? WHOLE_PAGE : FEW_KEYS
  try {
    for (let at = 0; at < sorted.length;) {
      const from = sorted[at]?.prefix ?? ''
      const { keys, next } = await store.remains({ prefix: commonFolder(from, last), after: before(from), limit })
      const left = new Set(keys.map(folderOf))
      const first = at
      for (let one = sorted[at]; one !== undefined && isSettled(one.prefix, from, next); one = sorted[at]) {
        if (!left.has(one.prefix)) gone.add(one.recording)
        at += 1
      }
      if (limit < WHOLE_PAGE) {
        limit = WHOLE_PAGE
        continue
      }
      // More than a page is left of the first one.
      if (at === first) at += 1
      if (next !== null && at - first < LEAST_SETTLED) at += LEFT_OUT
    }
    return null
  } catch (error) {
    // What a range can't be read for may lie in between and be somebody else's.
    if (error instanceof StoreError && !error.retriable) return null
    return error instanceof Error ? error.message : String(error)
  }
}

async function answers(store: ObjectStore, prefix: string): Promise<boolean> {
  try {
    await store.remains({ prefix, limit: 1 })
    return true
  } catch {
    return false
  }
}

/** Whether every key below the prefix lies between `from` and `next`, in whichever of its two orders the store lists. */
function isSettled(prefix: string, from: string, next: string | null): boolean {
  const begins = prefix === from || (compareKeys(from, prefix) < 0 && from < prefix)
  return begins && (next === null || (compareKeys(prefix, next) < 0 && prefix < next && !next.startsWith(prefix)))
}

/** The prefix of the recording that a key below `recordings/` would belong to: four parts, each with its slash. */
function folderOf(key: string): string {
  return key.split('/', 4).join('/') + '/'
}

/** Three parts, each with its slash. */
function ownerFolder(prefix: string): string {
  return prefix.split('/', 3).join('/') + '/'
}

/** The deepest folder that holds both. */
function commonFolder(a: string, b: string): string {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return a.slice(0, a.lastIndexOf('/', length - 1) + 1)
}

/** A key that comes before all of a prefix, and before the prefix itself, which some tools put as a mark of a folder. */
function before(prefix: string): string {
  return prefix.slice(0, -1)
}
