import { expect, onTestFinished, test } from 'vitest'
import { enableOrganization } from '../accounts/organizations.ts'
import { memoryBucket, type MemoryBucket } from '../contract/bucket.ts'
import { BECAUSE, START_MS } from '../contract/setup.ts'
import { openCatalog, type Catalog } from '../open.ts'
import { checkBucket, journalFault } from './belongs.ts'
import { journalKey } from './object.ts'
import { writeJournal } from './write.ts'

let changes = 0

async function emptyCatalog(): Promise<Catalog> {
  const catalog = await openCatalog({ path: ':memory:', clock: () => START_MS })
  onTestFinished(() => catalog.close())
  return catalog
}

async function change(catalog: Catalog): Promise<void> {
  await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: `Acme ${(changes += 1)}`, partnerId: 'carrier' })
}

/** A catalog that has written so many objects, each with one change. */
async function journaled(objects: number): Promise<{ catalog: Catalog; bucket: MemoryBucket }> {
  const [catalog, bucket] = [await emptyCatalog(), memoryBucket()]
  for (let n = 1; n <= objects; n += 1) {
    await change(catalog)
    await writeJournal(catalog, bucket, null)
  }
  return { catalog, bucket }
}

/** The same objects, as a process sees them that has just opened them. */
function reopened(bucket: MemoryBucket): MemoryBucket {
  return { ...bucket }
}

test.each<[string, (bucket: MemoryBucket) => void, string]>([
  ['lacks the last object', (bucket) => bucket.objects.delete(journalKey(3)), 'the bucket lacks journal/000000000003.jsonl, which this catalog wrote there'],
  ['is empty', (bucket) => bucket.objects.clear(), 'the bucket lacks journal/000000000003.jsonl, which this catalog wrote there'],
  [
    'has another last object',
    (bucket) => bucket.objects.set(journalKey(3), new Uint8Array([1])),
    'journal/000000000003.jsonl in the bucket is not what this catalog wrote',
  ],
  [
    'goes on beyond the last object',
    (bucket) => bucket.objects.set(journalKey(5), new Uint8Array([1])),
    'the bucket’s journal goes on to journal/000000000005.jsonl, which this catalog did not write',
  ],
])('a journal is not written on in a bucket that %s', async (_, tamper, fault) => {
  const { catalog, bucket } = await journaled(3)
  tamper(bucket)
  const keys = [...bucket.objects.keys()]
  await expect(checkBucket(catalog, reopened(bucket))).rejects.toThrow(fault)
  await change(catalog)
  await expect(writeJournal(catalog, reopened(bucket), null)).rejects.toThrow(fault)
  expect([...bucket.objects.keys()]).toEqual(keys)
  // Nor is it fixed for there: the right bucket gets it, in its turn.
  const right = await catalog.db.selectFrom('journal_objects').select('sequence').execute()
  expect(right).toEqual([{ sequence: 3 }])
})

test('whoever writes the journal looks once whether the bucket is the right one, not at each write', async () => {
  const { catalog, bucket } = await journaled(2)
  let looks = 0
  const counting: MemoryBucket = { ...bucket, head: async (key) => ((looks += 1), bucket.head(key)) }
  for (let n = 1; n <= 3; n += 1) {
    await change(catalog)
    expect(await writeJournal(catalog, counting, null)).toMatchObject({ objects: 1 })
  }
  await checkBucket(catalog, counting)
  expect(looks).toBe(1)
})

test('a bucket that was the wrong one is looked at again, and written to once it is the right one', async () => {
  const { catalog, bucket } = await journaled(2)
  const last = bucket.objects.get(journalKey(2)) ?? new Uint8Array()
  const opened = reopened(bucket)
  bucket.objects.delete(journalKey(2))
  await change(catalog)
  await expect(writeJournal(catalog, opened, null)).rejects.toThrow('the bucket lacks')
  bucket.objects.set(journalKey(2), last)
  expect(await writeJournal(catalog, opened, null)).toMatchObject({ objects: 1, head: { sequence: 3 } })
})

test('a new catalog writes to an empty bucket, and not to one with a journal', async () => {
  const { bucket } = await journaled(1)
  const catalog = await emptyCatalog()
  await expect(checkBucket(catalog, bucket)).rejects.toThrow('the catalog has never written a journal, and there is one in the bucket')
  await expect(checkBucket(catalog, memoryBucket())).resolves.toBeUndefined()
})

test.each([1, 2, 4])('object %i of five missing is seen by who asks before deleting, and not taken for another bucket', async (missing) => {
  const { catalog, bucket } = await journaled(5)
  expect(await journalFault(catalog, bucket)).toBeNull()
  bucket.objects.delete(journalKey(missing))
  const fault = await journalFault(catalog, bucket)
  expect(fault).toContain(`${journalKey(missing)} is missing in the bucket, though ${journalKey(missing + 1)} is there`)
  expect(fault).toContain('get it back')
  // A change is taken all the same: refused it would be in no journal at all.
  await expect(checkBucket(catalog, bucket)).resolves.toBeUndefined()
})
