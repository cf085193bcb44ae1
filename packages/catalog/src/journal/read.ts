import { JOURNAL_PREFIX, JournalError, decodeObject, journalKey, sequenceOf, type JournalHead, type JournalObject, type JournalVerifier } from './object.ts'

/** What reading the journal needs of the object store. */
export interface JournalBucket {
  get(key: string): Promise<Uint8Array | null>
  list(options: { prefix: string; after?: string }): Promise<{ objects: readonly { key: string; modifiedAtMs: number }[]; next: string | null }>
}

export interface ReadOptions {
  /** Knows the keys the journal may be signed with; `null` where it is not signed. */
  verify: JournalVerifier | null
  /** A head that somebody remembers, from a log line say: the journal must reach at least as far, and say the same there. */
  expect: JournalHead | null
}

/**
 * The journal from its first object to its last, each verified as it comes: that none is missing, exchanged, changed or added; who signed; and that
 * it reaches as far as is known. Throws a `JournalError` that says what is wrong with which object. What was cut off behind the last one can't be
 * seen from the journal alone.
 */
export async function* readJournal(bucket: JournalBucket, { verify, expect }: ReadOptions): AsyncGenerator<JournalObject> {
  const last = await lastSequence(bucket)
  if (last === 0) throw new JournalError(journalKey(1), 'is missing: there is no journal in this bucket')
  let previous: (JournalHead & { keyId: string | null }) | null = null
  for (let sequence = 1; sequence <= last; sequence += 1) {
    const key = journalKey(sequence)
    const bytes = await bucket.get(key)
    if (bytes === null) throw missing(sequence, last)
    const object = decodeObject(bytes, { previous, verify })
    if (object.keyId === null && previous !== null && previous.keyId !== null)
      throw new JournalError(key, `is not signed, and the one before it is, with key ${previous.keyId}`)
    if (object.keyId !== null && verify === null) throw new JournalError(key, `is signed with key ${object.keyId}, and no key to check it with is configured`)
    if (expect?.sequence === sequence && expect.sha256 !== object.sha256)
      throw new JournalError(key, `has the hash ${object.sha256}, and ${expect.sha256} is expected`)
    previous = { sequence, sha256: object.sha256, keyId: object.keyId }
    yield object
  }
  if (expect !== null && expect.sequence > last) throw new JournalError(journalKey(last + 1), `is missing: the journal is expected to reach ${expect.sequence}`)
  if (verify !== null && previous?.keyId === null) throw new JournalError(journalKey(last), 'is not signed, and a signing key is configured')
}

/** By the names alone, so that a gap is found before anything is read. */
async function lastSequence(bucket: JournalBucket): Promise<number> {
  let last = 0
  let after: string | undefined
  for (;;) {
    const page = await bucket.list({ prefix: JOURNAL_PREFIX, ...(after === undefined ? {} : { after }) })
    for (const { key } of page.objects) {
      const sequence = sequenceOf(key)
      if (sequence === null) throw new JournalError(key, 'is no object of the journal, and lies among its objects')
      if (sequence !== last + 1) throw missing(last + 1, sequence)
      last = sequence
    }
    if (page.next === null) return last
    after = page.next
  }
}

function missing(sequence: number, later: number): JournalError {
  return new JournalError(journalKey(sequence), `is missing, though ${journalKey(later)} is there`)
}
