import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { addUser } from '@twinreel/catalog/accounts/users'
import { BECAUSE, finishedRecordings } from '@twinreel/catalog/contract/setup'
import { runRetention } from '@twinreel/retention/run'
import { put } from '@twinreel/retention/world'
import { silentLogger } from '@twinreel/service/log'
import { beforeAll, describe, expect, test } from 'vitest'
import { openEngines } from '../engines.ts'
import { keyOfDirectory } from '../keys/key-of-directory.ts'
import { copied, tamper } from '../testing/recorded-calls.ts'
import { documentOf, twinreel, twinreelWith } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const VERIFIER = join(import.meta.dirname, '../../../../examples/verify-evidence.mjs')
const HOUR_MS = 3_600_000
const scratch = scratchDirectory()
const dataDir = join(scratch, 'data')

beforeAll(async () => {
  const { catalog, store, close } = await openEngines({ dataDir })
  await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
  await addUser(catalog, { ...BECAUSE, userId: 'ann', orgId: 'acme', licence: 'professional' })
  await switchRecordingOn(catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'always' } })
  await finishedRecordings(catalog, ['rec-1', 'rec-2', 'rec-3'])
  for (const id of ['rec-1', 'rec-2', 'rec-3'])
    for (const name of ['00000.wav', '00001.wav', 'manifest.json']) await put(store, `recordings/acme/ann/${id}/${name}`)
  const options = { signer: keyOfDirectory(dataDir), role: 'retention run', logRetentionMs: 72 * HOUR_MS, log: silentLogger }
  await runRetention({ catalog, store, ...options, clockOffsetMs: 31 * 24 * HOUR_MS })
  await close()
})

const audit = (of: string, ...more: string[]): Promise<unknown> => documentOf(1, 'retention', 'audit', 'verify', '--data', of, ...more)

describe('retention certificate', () => {
  test('tells people what went, when, why, by whom and where was looked', async () => {
    const { stdout, exitCode } = await twinreel('retention', 'certificate', 'rec-2', '--data', dataDir)
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Certificate of deletion 2\n')
    for (const told of [
      /^rule +go-tier-expired: .*720 hours/m,
      /^tier +go since \S+, by admin-1: test$/m,
      /^deleted by +retention run, key [0-9a-f]{16}$/m,
      /^bucket +recordings\/acme\/ann\/rec-2\/: 3 objects deleted, 0 found besides and deleted, 0 left \(objects, hidden versions and delete markers\)$/m,
      /^call log +kept 72 h: until \S+, which was past \(reckoned from its settings, not looked at\)$/m,
      /^ {2}ab {2}recordings\/acme\/ann\/rec-2\/00000\.wav {2}100 B$/m,
    ])
      expect(stdout).toMatch(told)
  })

  test('gives the signed document, which holds by itself', async () => {
    const { document, sha256, signature } = (await documentOf(0, 'retention', 'certificate', 'rec-1', '--data', dataDir)) as Record<string, string>
    const { publicKey } = keyOfDirectory(dataDir)
    expect(publicKey.verify(Buffer.from(document ?? ''), signature ?? '')).toBe(true)
    const next = (await documentOf(0, 'retention', 'certificate', 'rec-2', '--data', dataDir)) as Record<string, string>
    expect(JSON.parse(next['document'] ?? '')).toMatchObject({ sequence: 2, previousSha256: sha256 })
  })

  test('says that there is none', async () => {
    expect(await twinreel('retention', 'certificate', 'rec-9', '--data', dataDir)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('recording rec-9 is unknown'),
    })
  })
})

describe('retention audit verify', () => {
  test('says that all hold', async () => {
    expect(await documentOf(0, 'retention', 'audit', 'verify', '--deep', '--data', dataDir)).toEqual([])
    expect((await twinreel('retention', 'audit', 'verify', '--data', dataDir)).stdout).toContain('3 certificates checked, 0 offences')
  })

  test('names what was changed, and where', async () => {
    const copy = copied(dataDir, 'changed')
    tamper(copy, "update certificates set document = replace(document, 'ann', 'bob') where recording_id = ?", 'rec-2')
    const [first] = (await audit(copy)) as unknown[]
    expect(first).toEqual({ sequence: 2, recordingId: 'rec-2', problem: 'its document was changed: it has another SHA-256 than was noted' })
    const ran = await twinreel('retention', 'audit', 'verify', '--data', copy)
    expect([ran.exitCode, ran.stdout]).toEqual([1, expect.stringContaining('3 certificates checked, 3 offences')])
  })

  test('names a certificate that is gone', async () => {
    const copy = copied(dataDir, 'gone')
    tamper(copy, 'delete from certificates where recording_id = ?', 'rec-3')
    expect(await audit(copy)).toEqual([{ sequence: null, recordingId: 'rec-3', problem: 'is deleted, and no certificate says so' }])
  })

  test('trusts no other key', async () => {
    const copy = copied(dataDir, 'other-key')
    const keyFile = join(scratch, 'other.pem')
    await documentOf(0, 'keys', 'create', '--out', keyFile)
    const ran = await twinreelWith({ TWINREEL_SIGNING_KEY_FILE: keyFile }, 'retention', 'audit', 'verify', '--data', copy)
    expect([ran.exitCode, ran.stdout]).toEqual([1, expect.stringContaining('which is not trusted here')])
  })

  test('finds with --deep what lies again where nothing was left, and without it does not look', async () => {
    const copy = copied(dataDir, 'again')
    const path = join(copy, 'objects/recordings/acme/ann/rec-1/00000.wav')
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, 'again')
    expect(await documentOf(0, 'retention', 'audit', 'verify', '--data', copy)).toEqual([])
    expect(await audit(copy, '--deep')).toEqual([
      { sequence: 1, recordingId: 'rec-1', problem: '1 objects lie where nothing was left, first recordings/acme/ann/rec-1/00000.wav' },
    ])
  })
})

describe('retention audit verify --deep', () => {
  // What was taken back is kept, and of it the store has nothing.
  const TAKEN_BACK = "update recordings set status = 'completed', purged_at_ms = null, claimed_at_ms = null where recording_id = ?"

  test('looks first that the store has what the catalog keeps, and says otherwise what a run of retention says', async () => {
    const copy = copied(dataDir, 'emptied')
    tamper(copy, TAKEN_BACK, 'rec-3')
    const ran = await twinreel('retention', 'audit', 'verify', '--deep', '--data', copy)
    expect([ran.exitCode, ran.stdout]).toEqual([3, ''])
    expect(ran.stderr).toContain('the store has nothing of 1 recordings that the catalog keeps, such as recordings/acme/ann/rec-3/')
    expect(ran.stderr).toContain('Nothing is deleted until the store is the right one, and whole')
  })

  test('looks first that catalog and store belong together', async () => {
    const copy = copied(dataDir, 'moved')
    renameSync(join(copy, 'objects'), join(copy, 'objects.away'))
    const absent = await twinreel('retention', 'audit', 'verify', '--deep', '--data', copy)
    expect([absent.exitCode, absent.stdout]).toEqual([3, ''])
    expect(absent.stderr).toContain('mount or restore it')
    mkdirSync(join(copy, 'objects'))
    const ran = await twinreel('retention', 'audit', 'verify', '--deep', '--data', copy)
    expect([ran.exitCode, ran.stdout]).toEqual([1, ''])
    expect(ran.stderr).toMatch(/the bucket lacks journal\/\d+\.jsonl, which this catalog wrote there/)
    expect((await twinreel('retention', 'audit', 'verify', '--data', copy)).exitCode).toBe(0)
  })
})

describe('retention evidence', () => {
  test('writes a bundle that is checked with the public key and Node alone', async () => {
    const [out, keys] = [join(scratch, 'bundle.jsonl'), join(scratch, 'keys.pem')]
    writeFileSync(keys, keyOfDirectory(dataDir).publicKey.pem)
    const written = await documentOf(0, 'retention', 'evidence', '--from', '2020-01-01', '--to', '2200-01-01', '--out', out, '--data', dataDir)
    expect(written).toMatchObject({ counts: { certificate: 3, tier: 1, hold: 0, deletion: 0, 'tier-change': 0, halt: 0 }, from: '2020-01-01T00:00:00.000Z' })
    expect(execFileSync(process.execPath, [VERIFIER, out, keys], { encoding: 'utf8' })).toContain('bundle.jsonl holds: {"certificate":3,"tier":1}')
    // Actors and reasons stand in it.
    expect(statSync(out).mode & 0o777).toBe(0o600)
  })

  test('of a chain that was tampered with is written, says so, and ends with 1; so does its check', async () => {
    const copy = copied(dataDir, 'evidence-of-changed')
    tamper(copy, 'delete from certificates where recording_id = ?', 'rec-3')
    const [out, keys] = [join(scratch, 'changed.jsonl'), join(scratch, 'keys-of-changed.pem')]
    writeFileSync(keys, keyOfDirectory(copy).publicKey.pem)
    const ran = await twinreel('retention', 'evidence', '--from', '2020-01-01', '--to', '2200-01-01', '--out', out, '--data', copy)
    expect([ran.exitCode, ran.stderr]).toEqual([1, expect.stringContaining('do not hold: 1 offences, first of recording rec-3')])
    expect(ran.stdout).toMatch(/^the chain +does not hold: 1 offences$/m)
    const checked = spawnSync(process.execPath, [VERIFIER, out, keys], { encoding: 'utf8' })
    expect([checked.status, checked.stdout]).toEqual([
      1,
      expect.stringContaining('says that its certificates do not hold: is deleted, and no certificate says so'),
    ])
  })

  test('loses no certificate whose time beside the document was changed; bundle, command and audit say that it was', async () => {
    const copy = copied(dataDir, 'other-times')
    tamper(copy, 'update certificates set made_at_ms = ?', '5')
    const out = join(scratch, 'other-times.jsonl')
    const ran = await twinreel('retention', 'evidence', '--from', '2020-01-01', '--to', '2200-01-01', '--out', out, '--data', copy)
    expect([ran.exitCode, ran.stderr]).toEqual([1, expect.stringContaining('do not hold: 3 offences, first of recording rec-1: its made_at_ms is 1970-01-01')])
    expect(ran.stdout).toMatch(/^certificates +3$/m)
    expect(await audit(copy)).toHaveLength(3)
  })

  test.each([
    { content: 'no key', told: 'holds no public key: name a file with one or more, in PEM' },
    { content: null, told: 'there is no such file' },
  ])('checked with a file of keys that holds $content says that', ({ content, told }) => {
    const keys = join(scratch, `keys-${content}.pem`)
    if (content !== null) writeFileSync(keys, content)
    const { status, stdout } = spawnSync(process.execPath, [VERIFIER, join(scratch, 'bundle.jsonl'), keys], { encoding: 'utf8' })
    expect([status, stdout]).toEqual([2, expect.stringContaining(told)])
  })

  test.each([
    [['--from', 'yesterday', '--to', '2026-02-01'], 'It must be an ISO 8601 time'],
    [['--from', '2026-02-01', '--to', '2026-02-01'], 'is not after --from'],
    [['--from', '2026-02-01'], "required option '--to <date>' not specified"],
  ])('refuses %s', async (period, problem) => {
    const ran = await twinreel('retention', 'evidence', ...period, '--out', join(scratch, 'never.jsonl'), '--data', dataDir)
    expect([ran.exitCode, ran.stderr]).toEqual([2, expect.stringContaining(problem)])
  })
})

test('on servers retention does not begin without a key to sign certificates with', async () => {
  const servers = {
    TWINREEL_ENGINE: 'kafka',
    TWINREEL_KAFKA_BROKERS: '127.0.0.1:9',
    TWINREEL_S3_BUCKET: 'none',
    TWINREEL_S3_ENDPOINT: 'http://127.0.0.1:9',
    TWINREEL_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    TWINREEL_HTTP_PORT: '0',
  }
  const ran = await twinreelWith(servers, 'retention', 'worker')
  expect(ran.exitCode).toBe(2)
  expect(ran.stderr).toContain('TWINREEL_SIGNING_KEY_FILE is missing: retention signs a certificate of each deletion')
  expect(ran.stderr).toContain('twinreel keys create --out FILE')
})
