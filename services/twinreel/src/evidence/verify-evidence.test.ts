import { execFile } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CERTIFY, START_MS, finishedRecordings } from '@twinreel/catalog/contract/setup'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { addUser } from '@twinreel/catalog/accounts/users'
import { placeHold, releaseHold } from '@twinreel/catalog/legal-holds'
import { openCatalog, type Catalog } from '@twinreel/catalog/open'
import { recordPurged } from '@twinreel/catalog/purged'
import { claimForPurge, claimedUnfinished } from '@twinreel/catalog/retention'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { newSigningKeyPem, signingKey, type SigningKey } from '@twinreel/service/signing-key'
import { trustedKeys } from '@twinreel/service/trusted-keys'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { scratchDirectory } from '../testing/scratch-directory.ts'
import { writeBundle } from './write-bundle.ts'

const RSA_PEM = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({ type: 'spki', format: 'pem' }).toString()
const VERIFIER = join(import.meta.dirname, '../../../../examples/verify-evidence.mjs')
const BECAUSE = { actor: 'admin-1', reason: 'test' }
const DAY_MS = 86_400_000
const DUE_MS = START_MS + 2_500 + GO_RETENTION_MS
const PERIOD = { fromMs: START_MS - DAY_MS, toMs: DUE_MS + DAY_MS }

const directory = scratchDirectory()
const [signer, stranger] = [signingKey(newSigningKeyPem()), signingKey(newSigningKeyPem())]
let nowMs = START_MS
let catalog: Catalog
let good: string[]

/** A line of the bundle; of its fields those that tests change. */
type Line = Record<string, unknown> & { kind: string }

beforeAll(async () => {
  catalog = await openCatalog({ path: ':memory:', clock: () => nowMs })
  await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
  await addUser(catalog, { ...BECAUSE, userId: 'ann', orgId: 'acme', licence: 'professional' })
  await switchRecordingOn(catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'always' } })
  await finishedRecordings(catalog, ['rec-1', 'rec-2', 'rec-3', 'rec-4', 'rec-5'])
  await placeHold(catalog, { ...BECAUSE, orgId: 'acme', subject: 'recording', subjectId: 'rec-5' })
  const { holdId } = await placeHold(catalog, { actor: 'counsel', reason: 'a "quoted" é, 𝄞', orgId: 'acme', subject: 'recording', subjectId: 'rec-4' })
  nowMs = DUE_MS - 1_000
  await releaseHold(catalog, { ...BECAUSE, holdId })
  await askedFor('d-1', 'rec-3', DUE_MS - 2_000)
  for (const [id, afterMs] of [
    ['rec-1', 0],
    ['rec-2', 0],
    ['rec-3', 10],
    ['rec-4', 10],
  ] as const) {
    nowMs = DUE_MS + afterMs
    await claimForPurge(catalog, [id])
    await recordPurged(catalog, await claimedUnfinished(catalog, { limit: 10 }), { ...CERTIFY, signer })
  }
  good = await bundle(PERIOD)
}, 60_000)
afterAll(() => catalog.close())

async function askedFor(deletionId: string, recordingId: string, dueAtMs: number): Promise<void> {
  const never = { restored_at_ms: null, restored_by: null, restore_reason: null }
  const asked = { kind: 'user-deletion', requested_at_ms: START_MS, due_at_ms: dueAtMs, ...BECAUSE } as const
  await catalog.db
    .insertInto('deletions')
    .values({ deletion_id: deletionId, org_id: 'acme', subject: 'recording', subject_id: recordingId, ...asked, ...never })
    .execute()
  await catalog.db.updateTable('recordings').set({ deletion_id: deletionId, deletion_due_ms: dueAtMs }).where('recording_id', '=', recordingId).execute()
}

async function bundle(period: { fromMs: number; toMs: number }, by: SigningKey = signer): Promise<string[]> {
  const pieces: Uint8Array[] = []
  await writeBundle(catalog, period, { signer: by, otherKeys: [], trusted: trustedKeys([signer.publicKey]), sink: async (bytes) => void pieces.push(bytes) })
  return Buffer.concat(pieces).toString('utf8').split('\n').slice(0, -1)
}

function verified(content: string | Uint8Array, trusted: readonly SigningKey[] = [signer]): Promise<{ exitCode: number; said: string }> {
  const [file, keys] = [join(directory, 'bundle.jsonl'), join(directory, 'keys.pem')]
  writeFileSync(file, content)
  writeFileSync(keys, trusted.map(({ publicKey }) => publicKey.pem).join('\n'))
  return run(file, keys)
}

function run(...args: readonly string[]): Promise<{ exitCode: number; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VERIFIER, ...args], (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : Number(error.code), said: stdout + stderr }),
    )
  })
}

const whole = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
const parsed = (line: string | undefined): Line => JSON.parse(line ?? '{}') as Line
const indexOf = (kind: string, nth = 0): number => good.flatMap((line, index) => (parsed(line).kind === kind ? [index] : []))[nth] ?? -1

/** As somebody who has the signing key would change it: hash, counts and the bundle's signature are made anew. */
function signedAnew(lines: readonly string[]): string {
  const facts = lines.filter((line) => !['end', 'signature'].includes(parsed(line).kind))
  const counts: Record<string, number> = {}
  for (const line of facts.slice(1)) counts[parsed(line).kind] = (counts[parsed(line).kind] ?? 0) + 1
  const end = JSON.stringify({ kind: 'end', counts, sha256: createHash('sha256').update(whole(facts)).digest('hex') })
  const signature = JSON.stringify({ kind: 'signature', algorithm: 'Ed25519', keyId: signer.keyId, value: signer.sign(Buffer.from(`${end}\n`)) })
  return whole([...facts, end, signature])
}

function changed(index: number, change: (line: Line) => unknown): string[] {
  return good.map((line, at) => {
    if (at !== index) return line
    const value = parsed(line)
    return JSON.stringify(change(value) ?? value)
  })
}

/** A certificate that says something else, signed again. */
function recertified(nth: number, change: (document: Record<string, never> & { rule: { tier: { from: string } } }) => void): string[] {
  return changed(indexOf('certificate', nth), (line) => {
    const document = JSON.parse(String(line['document'])) as Parameters<typeof change>[0]
    change(document)
    const text = JSON.stringify(document)
    return { ...line, document: text, sha256: createHash('sha256').update(text).digest('hex'), signature: signer.sign(Buffer.from(text)) }
  })
}

describe('the offline verifier', () => {
  test('says that a bundle holds, and what is in it', async () => {
    const { exitCode, said } = await verified(whole(good))
    expect(said).toContain(`holds: {"certificate":4,"hold":2,"deletion":1,"tier":1} from ${new Date(PERIOD.fromMs).toISOString()}`)
    expect(exitCode).toBe(0)
    expect(await verified(whole(good), [stranger, signer])).toMatchObject({ exitCode: 0 })
  })

  test('a period’s certificates hang on those before it', async () => {
    const empty = await bundle({ fromMs: DUE_MS + 11, toMs: PERIOD.toMs })
    expect(parsed(empty[0])['chain']).toMatchObject({ before: { sequence: 4 }, after: { sequence: 4 } })
    expect((await verified(whole(empty))).said).toContain('holds: {"hold":1}')
    const half = await bundle({ fromMs: DUE_MS + 5, toMs: PERIOD.toMs })
    expect(parsed(half[0])['chain']).toMatchObject({ before: { sequence: 2 }, after: { sequence: 4 } })
    expect(await verified(whole(half))).toMatchObject({ exitCode: 0, said: expect.stringContaining('{"certificate":2,"hold":1}') })
  })

  test('a period’s certificates are those that were signed in it, whatever stands beside them; that it is something else is told', async () => {
    await catalog.db.updateTable('certificates').set({ made_at_ms: 5 }).where('sequence', '>', 1).execute()
    onTestFinished(async () => {
      for (const [sequence, atMs] of [
        [2, DUE_MS],
        [3, DUE_MS + 10],
        [4, DUE_MS + 10],
      ] as const)
        await catalog.db.updateTable('certificates').set({ made_at_ms: atMs }).where('sequence', '=', sequence).execute()
    })
    const all = await bundle(PERIOD)
    expect(parsed(all[0])['chain']).toMatchObject({ before: null, after: { sequence: 4 } })
    expect(await verified(whole(all))).toMatchObject({ exitCode: 1, said: expect.stringContaining('its made_at_ms is 1970-01-01T00:00:00.005Z') })
    expect(parsed((await bundle({ fromMs: 0, toMs: DAY_MS }))[0])['chain']).toEqual({ before: null, after: null })
  })

  test('finds every bit that is another, wherever it is', async () => {
    const bytes = Buffer.from(whole(good))
    for (let turn = 0; turn < 24; turn++) {
      const at = Math.floor(((turn + 0.5) * bytes.length) / 24)
      const turned = Buffer.from(bytes)
      turned[at] = (turned[at] ?? 0) ^ (1 << (turn % 7))
      expect((await verified(turned)).exitCode, `bit ${turn % 7} of byte ${at}`).toBe(1)
    }
  }, 60_000)

  const cut: [string, () => string | Uint8Array, string][] = [
    ['a line that is missing', () => whole(good.toSpliced(indexOf('hold'), 1)), 'its lines were changed'],
    ['a line that is there twice', () => whole(good.toSpliced(indexOf('hold'), 0, good[indexOf('hold')] ?? '')), 'holds 3 lines of kind hold, its end says 2'],
    ['an end that was cut off', () => whole(good.slice(0, -1)), 'the bundle was cut off'],
    ['a line that was cut off', () => whole(good).slice(0, -20), 'is cut off'],
    ['something behind the signature', () => whole([...good, good[1] ?? '']), 'stands behind the signature'],
    ['an end that says something else', () => whole(changed(good.length - 2, (line) => ({ ...line, counts: {} }))), 'its signature is not one of key'],
    ['something else altogether', () => '{"kind":"order"}\n', 'is not one of an evidence bundle'],
    ['no JSON', () => 'hello\n', 'line 1: is no line of an evidence bundle'],
    ['a line that is null', () => whole(good.toSpliced(2, 0, 'null')), 'line 3: is no line of an evidence bundle'],
    ['a line without its kind', () => whole(good.toSpliced(2, 0, '[]')), 'line 3: is no line of an evidence bundle'],
    ['a first line that lacks something', () => '{"kind":"evidence","evidenceVersion":1}\n{"kind":"hold"}\n', 'line 1: is not as a bundle of version 1 has it'],
    ['a certificate that is none', () => whole(changed(1, (line) => ({ ...line, document: 'null' }))), 'line 2: is not as a bundle of version 1 has it'],
    ['an end without counts', () => whole([...good.slice(0, -2), '{"kind":"end"}', good.at(-1) ?? '']), 'line 10: is not as a bundle of version 1 has it'],
    ['nothing', () => '', 'the bundle was cut off'],
  ]
  test.each(cut)('finds %s', async (_, tampered, problem) => {
    expect(await verified(tampered())).toMatchObject({ exitCode: 1, said: expect.stringContaining(problem) })
  })

  const forged: [string, () => string[], string][] = [
    ['a certificate that was left out', () => good.toSpliced(indexOf('certificate', 1), 1), 'does not follow on 1: one is missing'],
    ['the last certificate left out', () => good.toSpliced(indexOf('certificate', 3), 1), 'does not end where the first line says'],
    [
      'certificates in another order',
      () => good.toSpliced(indexOf('certificate'), 2, good[indexOf('certificate', 1)] ?? '', good[indexOf('certificate')] ?? ''),
      'does not follow',
    ],
    ['a certificate whose hash is another', () => changed(indexOf('certificate'), (line) => ({ ...line, sha256: 'ab' })), 'its document was changed'],
    [
      'a certificate whose words are others',
      () => changed(indexOf('certificate'), (line) => ({ ...line, document: String(line['document']).replace('rec-1', 'rec-9') })),
      'its signature is not one of key',
    ],
    [
      'a certificate that was made anew',
      () => recertified(1, (document) => Object.assign(document, { callId: 'call-9' })),
      'does not hang on the certificate before it',
    ],
    [
      'a recording that is certified twice',
      () => recertified(3, (document) => Object.assign(document, { recordingId: 'rec-1' })),
      'certifies recording rec-1 a second time',
    ],
    [
      'a deletion before its time',
      () => recertified(3, (document) => Object.assign(document, { claimed: new Date(START_MS).toISOString() })),
      'before it was due',
    ],
    [
      'a due time that no rule gives',
      () => recertified(3, (document) => void (document.rule.tier.from = new Date(DUE_MS).toISOString())),
      'by rule go-tier-expired',
    ],
    [
      'a hold that was in force',
      () => changed(indexOf('hold'), (line) => ({ ...line, subject: 'user', subjectId: 'ann', released: null })),
      'while legal hold',
    ],
    [
      'a change of tier that nobody made',
      () => changed(indexOf('tier'), (line) => ({ ...line, actor: 'somebody' })),
      'names a change of tier that the bundle does not tell so',
    ],
    ['a request that nobody made', () => good.toSpliced(indexOf('deletion'), 1), 'names a request that the bundle does not tell so'],
    [
      'a request that was taken back',
      () => changed(indexOf('deletion'), (line) => ({ ...line, restored: new Date(START_MS + 1).toISOString() })),
      'was taken back',
    ],
    ['a rule in other words', () => changed(0, (line) => ({ ...line, rules: {} })), 'which the bundle does not state so'],
  ]
  test.each(forged)('finds %s, though whoever did it had the signing key', async (_, lines, problem) => {
    expect(await verified(signedAnew(lines()))).toMatchObject({ exitCode: 1, said: expect.stringContaining(problem) })
  })

  test('believes no key that came with the bundle', async () => {
    const { said, exitCode } = await verified(whole(await bundle(PERIOD, stranger)))
    expect([exitCode, said]).toEqual([1, expect.stringContaining(`bundle: is signed with key ${stranger.keyId}, which is not among the keys you gave`)])
    expect((await verified(whole(good), [stranger])).said).toContain(`certificate 1 (line 2): is signed with key ${signer.keyId}`)
  })

  test('says what it needs', async () => {
    expect(await run()).toMatchObject({ exitCode: 2, said: expect.stringContaining('usage') })
    expect(await run(join(directory, 'nothing'), join(directory, 'nothing'))).toMatchObject({
      exitCode: 2,
      said: expect.stringContaining('there is no such file'),
    })
    expect(await verified(whole(good))).toMatchObject({ exitCode: 0 })
    const told = await run(join(directory, 'nothing'), join(directory, 'keys.pem'))
    expect(told).toEqual({ exitCode: 2, said: `${join(directory, 'nothing')} can’t be read: there is no such file\n` })
    expect(await run(directory, join(directory, 'keys.pem'))).toEqual({ exitCode: 2, said: `${directory} can’t be read: it is a directory\n` })
  })

  test.each([
    ['a key that is cut off', () => signer.publicKey.pem.replace(/\n[^-]{20}/, '\n'), 'public key 1 is none that can be read'],
    [
      'one that is garbled, behind a good one',
      () => `${signer.publicKey.pem}${signer.publicKey.pem.replace(/\n[^-]+/, '\nAAAA\n')}`,
      'public key 2 is none that can be read',
    ],
    ['a key of another kind', () => RSA_PEM, 'public key 1 is one of kind rsa, and bundles are signed with ed25519'],
    ['a private key', () => newSigningKeyPem(), 'holds no public key: name a file with one or more, in PEM'],
  ])('given %s says which, and what is wanted', async (_, pem, problem) => {
    const [file, keys] = [join(directory, 'good.jsonl'), join(directory, 'bad-keys.pem')]
    writeFileSync(file, whole(good))
    writeFileSync(keys, pem())
    const { exitCode, said } = await run(file, keys)
    expect([exitCode, said]).toEqual([2, expect.stringContaining(problem)])
    expect(said).toContain(keys)
  })

  test('needs nothing but Node, and is short enough to be read', () => {
    const source = readFileSync(VERIFIER, 'utf8')
    expect([...source.matchAll(/from '([^']+)'/g)].map(([, from]) => from).every((from) => from?.startsWith('node:'))).toBe(true)
    expect(source.split('\n').length).toBeLessThan(180)
  })
})
