import { generateKeyPairSync, sign, verify as verifySignature } from 'node:crypto'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { enableOrganization } from '../accounts/organizations.ts'
import { memoryBucket, type MemoryBucket } from '../contract/bucket.ts'
import { BECAUSE, START_MS } from '../contract/setup.ts'
import { openCatalog, type Catalog } from '../open.ts'
import { dueCandidates } from '../due.ts'
import { journalKey, sequenceOf, type JournalSigner, type JournalVerifier } from './object.ts'
import { rebuildCatalog } from './rebuild.ts'
import { rebuildingSince } from './rebuilding.ts'
import { writeJournal } from './write.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const SIGNER: JournalSigner = { keyId: 'key-1', sign: (bytes) => sign(null, bytes, privateKey).toString('base64') }
const VERIFY: JournalVerifier = ({ keyId, bytes, value }) =>
  keyId !== 'key-1' ? 'unknown-key' : verifySignature(null, bytes, publicKey, Buffer.from(value, 'base64')) ? 'valid' : 'invalid'
const OBJECTS = 4

async function emptyCatalog(): Promise<Catalog> {
  const catalog = await openCatalog({ path: ':memory:', clock: () => START_MS })
  onTestFinished(() => catalog.close())
  return catalog
}

/** A journal of some objects, the change of each in its own. */
async function journaled(signer: JournalSigner | null): Promise<MemoryBucket> {
  const [catalog, bucket] = [await emptyCatalog(), memoryBucket()]
  for (let i = 1; i <= OBJECTS; i += 1) {
    await enableOrganization(catalog, { ...BECAUSE, orgId: `org-${i}`, name: 'Name', partnerId: 'carrier' })
    await writeJournal(catalog, bucket, signer)
  }
  return bucket
}

/** What a rebuild of it says, which must leave the catalog marked and nothing in it due. */
async function refusal(bucket: MemoryBucket, verify: JournalVerifier | null): Promise<string> {
  const catalog = await emptyCatalog()
  const said = await rebuildCatalog(catalog, bucket, { verify, expect: null }).then(
    () => 'nothing',
    (error: unknown) => (error instanceof Error ? `${error.name} ${error.message}` : ''),
  )
  expect(await rebuildingSince(catalog.db)).toBe(START_MS)
  expect(await dueCandidates(catalog, { nowMs: Number.MAX_SAFE_INTEGER, limit: 1 })).toEqual({ recordingIds: [], next: null })
  return said
}

function object(bucket: MemoryBucket, sequence: number): Uint8Array {
  return bucket.objects.get(journalKey(sequence)) ?? new Uint8Array()
}

test.each<[string, (bucket: MemoryBucket) => void, string]>([
  [
    'an object that is missing',
    (bucket) => bucket.objects.delete(journalKey(2)),
    'journal/000000000002.jsonl: is missing, though journal/000000000003.jsonl is there',
  ],
  ['the first ones missing', (bucket) => bucket.objects.delete(journalKey(1)), 'journal/000000000001.jsonl: is missing'],
  ['no journal', (bucket) => bucket.objects.clear(), 'journal/000000000001.jsonl: is missing: there is no journal'],
  ['something foreign', (bucket) => bucket.objects.set('journal/notes.txt', new Uint8Array()), 'journal/notes.txt: is no object of the journal'],
  ['an object twice', (bucket) => bucket.objects.set(journalKey(3), object(bucket, 2)), 'journal/000000000003.jsonl: says it is number 2'],
  ['a cut object', (bucket) => bucket.objects.set(journalKey(4), object(bucket, 4).subarray(0, -10)), 'journal/000000000004.jsonl: is cut off'],
])('%s is named and located, and nothing is due', async (_, tamper, problem) => {
  const bucket = await journaled(SIGNER)
  tamper(bucket)
  expect(await refusal(bucket, VERIFY)).toContain(problem)
})

test('an object of another journal, though whole and signed, does not hang on ours', async () => {
  const [bucket, other] = [await journaled(SIGNER), await journaled(SIGNER)]
  bucket.objects.set(journalKey(3), object(other, 3))
  expect(await refusal(bucket, VERIFY)).toContain('journal/000000000003.jsonl: does not hang on journal/000000000002.jsonl')
})

test('a signature that is missing, of an unknown key or of nobody is refused', async () => {
  expect(await refusal(await journaled(null), VERIFY)).toContain('journal/000000000004.jsonl: is not signed')
  expect(await refusal(await journaled(SIGNER), null)).toContain('is signed with key key-1, and no key to check it with')
  expect(await refusal(await journaled({ ...SIGNER, keyId: 'key-2' }), VERIFY)).toContain('is signed with key key-2, which is not known here')
  const other = generateKeyPairSync('ed25519').privateKey
  expect(await refusal(await journaled({ ...SIGNER, sign: (bytes) => sign(null, bytes, other).toString('base64') }), VERIFY)).toContain(
    'its signature is not one of key key-1',
  )
})

test('a bit turned anywhere in the journal is found in its object', async () => {
  const whole = await journaled(SIGNER)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: OBJECTS }), fc.nat(), fc.nat(7), async (sequence, at, bit) => {
      const bytes = object(whole, sequence).slice()
      const index = at % bytes.length
      bytes[index] = (bytes[index] ?? 0) ^ (1 << bit)
      const bucket = { ...whole, objects: whole.objects, get: async (key: string) => (sequenceOf(key) === sequence ? bytes : whole.get(key)) }
      const said = await refusal(bucket, VERIFY)
      expect(said).toContain(`JournalError ${journalKey(sequence)}: `)
    }),
    { numRuns: 60 },
  )
})

test('an end that was cut off is seen by who remembers a head', async () => {
  const bucket = await journaled(SIGNER)
  bucket.objects.delete(journalKey(OBJECTS))
  const head = { sequence: OBJECTS, sha256: 'a'.repeat(64) }
  await expect(rebuildCatalog(await emptyCatalog(), bucket, { verify: VERIFY, expect: head })).rejects.toThrow('is missing: the journal is expected to reach 4')
  await expect(rebuildCatalog(await emptyCatalog(), await journaled(SIGNER), { verify: VERIFY, expect: head })).rejects.toThrow('is expected')
})

test('a catalog that begins anew on a bucket with a journal can’t write, and overwrites nothing', async () => {
  const bucket = await journaled(null)
  const [catalog, before] = [await emptyCatalog(), object(bucket, 1)]
  await enableOrganization(catalog, { ...BECAUSE, orgId: 'mine', name: 'Mine', partnerId: 'carrier' })
  await expect(writeJournal(catalog, bucket, null)).rejects.toThrow('the catalog has never written a journal, and there is one in the bucket')
  expect(object(bucket, 1)).toBe(before)
  // Nor one that looked when the bucket was still empty.
  const late = { ...bucket, list: async () => ({ objects: [], next: null }), head: async () => null }
  await expect(writeJournal(catalog, late, null)).rejects.toThrow('the bucket holds the journal of another catalog')
  expect(object(bucket, 1)).toBe(before)
})

test('a put that failed after its bytes were fixed is made again with the same bytes, by whoever comes next', async () => {
  const [catalog, bucket] = [await emptyCatalog(), memoryBucket()]
  await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
  const lands = {
    ...bucket,
    putIfAbsent: async (put: Parameters<typeof bucket.putIfAbsent>[0]) => bucket.putIfAbsent(put).then(() => Promise.reject(new Error('timed out'))),
  }
  await expect(writeJournal(catalog, lands, SIGNER)).rejects.toThrow('timed out')
  await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme Ltd', partnerId: 'carrier' })
  const { head, objects } = await writeJournal(catalog, bucket, SIGNER)
  expect([head?.sequence, objects]).toEqual([2, 2])
  expect(await rebuildCatalog(await emptyCatalog(), bucket, { verify: VERIFY, expect: head })).toMatchObject({ counts: { organizations: 1 } })
})
