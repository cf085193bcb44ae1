import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { addUser } from '@twinreel/catalog/accounts/users'
import { BECAUSE, finishedRecordings } from '@twinreel/catalog/contract/setup'
import { runRetention } from '@twinreel/retention/run'
import { silentLogger } from '@twinreel/service/log'
import { beforeAll, describe, expect, test } from 'vitest'
import { openEngines } from '../engines.ts'
import { keyOfDirectory } from '../keys/key-of-directory.ts'
import { copied, tamper } from '../testing/recorded-calls.ts'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const HOUR_MS = 3_600_000
const FILES = ['00000.wav', '00001.wav', 'manifest.json']
const dataDir = join(scratchDirectory(), 'data')

const keyOf = (recordingId: string, file: string): string => `recordings/acme/ann/${recordingId}/${file}`
const pathOf = (of: string, recordingId: string, file: string): string => join(of, 'objects', keyOf(recordingId, file))

function putObject(of: string, recordingId: string, file: string): void {
  const path = pathOf(of, recordingId, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, new Uint8Array(100))
}

const remaining = (of: string, recordingId: string): string[] => [...FILES, '00009.wav'].filter((file) => existsSync(pathOf(of, recordingId, file)))
const reconciled = (exitCode: number, of: string, ...more: string[]): Promise<unknown> => documentOf(exitCode, 'reconcile', '--data', of, ...more)

/** `rec-1` is purged and certified, `rec-2` is kept, and both have all they should. */
beforeAll(async () => {
  const { catalog, store, close } = await openEngines({ dataDir })
  await enableOrganization(catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier' })
  await addUser(catalog, { ...BECAUSE, userId: 'ann', orgId: 'acme', licence: 'professional' })
  await switchRecordingOn(catalog, { ...BECAUSE, userId: 'ann', settings: { mode: 'always' } })
  await finishedRecordings(catalog, ['rec-1'])
  for (const file of FILES) putObject(dataDir, 'rec-1', file)
  const options = { signer: keyOfDirectory(dataDir), role: 'retention run', logRetentionMs: 72 * HOUR_MS, log: silentLogger }
  await runRetention({ catalog, store, ...options, clockOffsetMs: 31 * 24 * HOUR_MS })
  await finishedRecordings(catalog, ['rec-2'])
  for (const file of FILES) putObject(dataDir, 'rec-2', file)
  await close()
})

describe('reconcile', () => {
  test('says that bucket and catalog agree', async () => {
    expect(await reconciled(0, dataDir)).toEqual([])
  })

  test.each([
    ['though nobody claimed it', 'update recordings set purged_at_ms = ? where recording_id = ?'],
    ['though a claim stands beside it', 'update recordings set purged_at_ms = ?1, claimed_at_ms = ?1 where recording_id = ?2'],
  ])('names a recording that is marked as purged and has no certificate, %s, and deletes nothing of it; an audit names it too', async (what, statement) => {
    const copy = copied(dataDir, what.replaceAll(' ', '-'))
    tamper(copy, statement, '1790000000000', 'rec-2')
    // An object that no row names, which counts as left of what is purged.
    putObject(copy, 'rec-2', '00009.wav')
    const found = (await reconciled(1, copy, '--delete-leftovers')) as { kind: string; key: string; why: string; deletable: unknown }[]
    expect(found.filter(({ kind }) => kind === 'uncertified')).toEqual([
      {
        kind: 'uncertified',
        key: 'recordings/acme/ann/rec-2/',
        recordingId: 'rec-2',
        sizeBytes: null,
        why: expect.stringContaining('no certificate says so'),
        deletable: null,
      },
    ])
    expect(found.find(({ key }) => key === keyOf('rec-2', '00009.wav'))).toMatchObject({
      kind: 'leftover',
      why: 'its recording is marked as purged, but no certificate says so: it stays',
      deletable: null,
    })
    expect(remaining(copy, 'rec-2')).toEqual([...FILES, '00009.wav'])
    expect(await documentOf(1, 'retention', 'audit', 'verify', '--data', copy)).toEqual([
      { sequence: null, recordingId: 'rec-2', problem: expect.stringContaining('no certificate says so') },
    ])
  })

  test('--delete-leftovers deletes what came back of a recording whose certificate holds, and nothing else', async () => {
    const copy = copied(dataDir, 'came-back')
    putObject(copy, 'rec-1', '00000.wav')
    putObject(copy, 'rec-1', '00009.wav')
    expect(await reconciled(1, copy)).toMatchObject([
      { kind: 'leftover', key: keyOf('rec-1', '00000.wav'), deletable: 'leftover' },
      { kind: 'leftover', key: keyOf('rec-1', '00009.wav'), deletable: 'leftover' },
    ])
    const ran = await twinreel('reconcile', '--delete-leftovers', '--data', copy)
    expect([ran.exitCode, ran.stderr]).toEqual([1, expect.stringContaining('leftovers: 2 objects deleted, 0 not')])
    expect([remaining(copy, 'rec-1'), remaining(copy, 'rec-2')]).toEqual([[], FILES])
    expect(await reconciled(0, copy)).toEqual([])
  })

  test.each([
    ['whose words were changed', "update certificates set document = replace(document, 'acme', 'umbrella') where recording_id = ?", 'its document was changed'],
    ['that is not signed', 'update certificates set signature = null where recording_id = ?', 'it is not signed'],
    ['that is of another recording', "update certificates set recording_id = 'rec-2' where recording_id = ?", 'no certificate says so'],
  ])('--delete-leftovers believes no certificate %s', async (what, statement, why) => {
    const copy = copied(dataDir, what.replaceAll(' ', '-'))
    tamper(copy, statement, 'rec-1')
    tamper(copy, 'update recordings set purged_at_ms = 5, claimed_at_ms = 5 where recording_id = ?', 'rec-2')
    putObject(copy, 'rec-1', '00000.wav')
    const found = (await reconciled(1, copy, '--delete-leftovers')) as { key: string; why: string }[]
    expect(found.find(({ key }) => key === keyOf('rec-1', '00000.wav'))?.why).toContain(why)
    expect([remaining(copy, 'rec-1'), remaining(copy, 'rec-2')]).toEqual([['00000.wav'], FILES])
  })
})
