import { createHash } from 'node:crypto'
import { z } from 'zod'
import { KINDS, type JournalKind } from './entries.ts'

export const JOURNAL_PREFIX = 'journal/'
const JOURNAL_VERSION = 1

/** Numbers rise by one from 1; twelve digits keep them in the order of keys. */
export function journalKey(sequence: number): string {
  return `${JOURNAL_PREFIX}${String(sequence).padStart(12, '0')}.jsonl`
}

/** The number in a key of the journal; `null` for any other key. */
export function sequenceOf(key: string): number | null {
  const digits = /^journal\/(\d{12})\.jsonl$/.exec(key)?.[1]
  return digits === undefined ? null : Number(digits)
}

/** Ed25519 (RFC 8032); the value in base64. */
export interface JournalSigner {
  keyId: string
  sign(bytes: Uint8Array): string
}

/** Whether a key made this signature of these bytes. */
export type JournalVerifier = (signed: { keyId: string; bytes: Uint8Array; value: string }) => 'valid' | 'invalid' | 'unknown-key'

/** A place in the journal's chain, and what it hangs on. */
export interface JournalHead {
  sequence: number
  /** Of the whole object. */
  sha256: string
}

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/)
const headerSchema = z.strictObject({
  journalVersion: z.literal(JOURNAL_VERSION),
  sequence: z.int().min(1),
  previousSha256: sha256Schema.nullable(),
  made: z.iso.datetime(),
  /** Tombstones, which hold ids, times and certificates of deletion, stand in objects of their own. */
  holds: z.enum(['changes', 'tombstones']),
  entries: z.int().min(1),
})
export type JournalHeader = z.output<typeof headerSchema>

/** 64 bytes in base64, the bits of its last digit that hold nothing being 0 (RFC 4648 §3.5). */
const SIGNATURE = /^[A-Za-z0-9+/]{85}[AQgw]==$/
const footerSchema = z.strictObject({
  sha256: sha256Schema,
  signature: z.strictObject({ algorithm: z.literal('Ed25519'), keyId: z.string(), value: z.string().regex(SIGNATURE) }).nullable(),
})

const lineSchema = z.strictObject({ kind: z.enum(KINDS), row: z.record(z.string(), z.unknown()) })
export interface JournalLine {
  kind: JournalKind
  row: Record<string, unknown>
}

/** An entry as the catalog's triggers wrote it: `entry` is JSON text. */
export interface StoredEntry {
  kind: string
  entry: string
}

/** One object of the journal: a header line, a line for each entry, and a line with hash and signature of all before it. */
export function encodeObject(
  head: JournalHead | null,
  made: { holds: JournalHeader['holds']; atMs: number; entries: readonly StoredEntry[]; signer: JournalSigner | null },
): string {
  const header: JournalHeader = {
    journalVersion: JOURNAL_VERSION,
    sequence: (head?.sequence ?? 0) + 1,
    previousSha256: head?.sha256 ?? null,
    made: new Date(made.atMs).toISOString(),
    holds: made.holds,
    entries: made.entries.length,
  }
  const lines = [JSON.stringify(header), ...made.entries.map(({ kind, entry }) => `{"kind":${JSON.stringify(kind)},"row":${entry}}`)]
  const text = lines.map((line) => `${line}\n`).join('')
  return text + footer(text, made.signer)
}

/** How many entries an object has, by its header. */
export function entriesIn(object: string): number {
  return headerSchema.parse(JSON.parse(object.slice(0, object.indexOf('\n')))).entries
}

function footer(text: string, signer: JournalSigner | null): string {
  const bytes = new TextEncoder().encode(text)
  const signature = signer === null ? null : { algorithm: 'Ed25519', keyId: signer.keyId, value: signer.sign(bytes) }
  return `${JSON.stringify({ sha256: sha256Of(bytes), signature })}\n`
}

export function sha256Of(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** What is wrong with an object of the journal, and with which. */
export class JournalError extends Error {
  readonly key: string
  constructor(key: string, problem: string) {
    super(`${key}: ${problem}`)
    this.name = 'JournalError'
    this.key = key
  }
}

export interface JournalObject {
  header: JournalHeader
  lines: readonly JournalLine[]
  sha256: string
  keyId: string | null
}

/**
 * An object as it must follow on `previous`: numbered, chained, whole and, where `verify` is given, signed by a known key. Throws a
 * `JournalError` that says what is not so.
 */
export function decodeObject(bytes: Uint8Array, { previous, verify }: { previous: JournalHead | null; verify: JournalVerifier | null }): JournalObject {
  const sequence = (previous?.sequence ?? 0) + 1
  const key = journalKey(sequence)
  const wrong = (problem: string): JournalError => new JournalError(key, problem)
  if (bytes.at(-1) !== 10) throw wrong('is cut off: its last line does not end')
  const footerAt = bytes.lastIndexOf(10, -2) + 1
  const signed = bytes.subarray(0, footerAt)
  const { sha256, signature } = parsed(footerSchema, textOf(bytes.subarray(footerAt, -1), wrong), 'its last line', wrong)
  if (sha256 !== sha256Of(signed)) throw wrong('its bytes were changed: they have not the hash of its last line')
  if (JSON.stringify({ sha256, signature }) !== textOf(bytes.subarray(footerAt, -1), wrong)) throw wrong('its last line was changed')
  if (signature !== null && verify !== null) {
    const verdict = verify({ keyId: signature.keyId, bytes: signed, value: signature.value })
    if (verdict === 'unknown-key') throw wrong(`is signed with key ${signature.keyId}, which is not known here`)
    if (verdict === 'invalid') throw wrong(`its signature is not one of key ${signature.keyId}: it was changed, or written by somebody else`)
  }
  const [first = '', ...rest] = textOf(signed, wrong).split('\n').slice(0, -1)
  const header = parsed(headerSchema, first, 'its first line', wrong)
  if (header.sequence !== sequence) throw wrong(`says it is number ${header.sequence}`)
  if (header.previousSha256 !== (previous?.sha256 ?? null))
    throw wrong(
      previous === null
        ? 'hangs on an object that is missing'
        : `does not hang on ${journalKey(previous.sequence)}: one of the two was exchanged, or two journals are mixed here`,
    )
  if (header.entries !== rest.length) throw wrong(`should hold ${header.entries} entries, and holds ${rest.length}`)
  const lines = rest.map((line, index) => parsed(lineSchema, line, `entry ${index + 1}`, wrong))
  return { header, lines, sha256: sha256Of(bytes), keyId: signature?.keyId ?? null }
}

function textOf(bytes: Uint8Array, wrong: (problem: string) => JournalError): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw wrong('is no UTF-8 text')
  }
}

function parsed<S extends z.ZodType>(schema: S, text: string, what: string, wrong: (problem: string) => JournalError): z.output<S> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw wrong(`${what} is no JSON`)
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw wrong(`${what} is not one of journal version ${JOURNAL_VERSION}: ${[...(issue?.path.map(String) ?? [])].join('.')} ${issue?.message ?? ''}`)
}
