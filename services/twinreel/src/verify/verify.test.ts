import { copyFileSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync, appendFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { copied, objectPath, recordCalls, tamper, type Listed } from '../testing/recorded-calls.ts'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'
import type { VerifyResult } from './verify-recordings.ts'

const dataDir = join(scratchDirectory(), 'whole')
let victim: Listed
let others: string[]

beforeAll(async () => {
  const recordings = await recordCalls(dataDir, { seed: 3, calls: 8 })
  const found = recordings.find(({ status, segments }) => status === 'completed' && segments >= 3)
  if (found === undefined) throw new Error('the seed gives no recording of three segments')
  victim = found
  others = recordings.map(({ recordingId }) => recordingId).filter((id) => id !== victim.recordingId)
})

/** Verifies a copy after `damage`: exactly the victim is not ok; answers what is wrong with it. */
async function problemsAfter(name: string, damage: (copy: string) => void): Promise<VerifyResult['problems']> {
  const copy = copied(dataDir, name)
  damage(copy)
  const results = (await documentOf(1, 'recordings', 'verify', '--data', copy)) as VerifyResult[]
  expect(results.filter(({ ok }) => !ok).map(({ recordingId }) => recordingId)).toEqual([victim.recordingId])
  expect(results.map(({ recordingId }) => recordingId)).toEqual(expect.arrayContaining(others))
  return results.find(({ ok }) => !ok)?.problems ?? []
}

it('finds every byte as it was written', async () => {
  const results = (await documentOf(0, 'recordings', 'verify', '--data', dataDir)) as VerifyResult[]
  expect(results.map(({ recordingId }) => recordingId)).toEqual(expect.arrayContaining([victim.recordingId, ...others]))
  expect(results.flatMap(({ problems }) => problems)).toEqual([])
  expect((await twinreel('recordings', 'verify', '--data', dataDir)).stdout).toContain(`${results.length} recordings read, 0 not as written`)
})

it('finds one flipped bit', async () => {
  const problems = await problemsAfter('flipped', (copy) => {
    const path = objectPath(copy, victim, '00001.wav')
    const bytes = readFileSync(path)
    bytes[1_000] = (bytes[1_000] ?? 0) ^ 1
    writeFileSync(path, bytes)
  })
  expect(problems).toEqual([
    {
      piece: 'segment',
      index: 1,
      key: expect.stringMatching(/\/00001\.wav$/),
      kind: 'audio',
      problem: expect.stringMatching(/^has SHA-256 [\da-f]{64} instead of [\da-f]{64}: its audio was changed, the WAV header is as it must be$/),
    },
  ])
})

it('finds a segment cut short, one made longer and one that is gone', async () => {
  expect(await problemsAfter('truncated', (copy) => truncateSync(objectPath(copy, victim, '00000.wav'), 500))).toMatchObject([
    { piece: 'segment', index: 0, problem: expect.stringContaining('has 500 bytes instead of') },
  ])
  expect(await problemsAfter('longer', (copy) => appendFileSync(objectPath(copy, victim, '00000.wav'), 'x'))).toMatchObject([
    { piece: 'segment', index: 0, problem: expect.stringContaining('bytes instead of') },
  ])
  expect(await problemsAfter('missing', (copy) => rmSync(objectPath(copy, victim, '00002.wav')))).toMatchObject([
    { piece: 'segment', index: 2, problem: 'is missing' },
  ])
})

it('finds two segments that changed places', async () => {
  const problems = await problemsAfter('swapped', (copy) => {
    const [first, second] = [objectPath(copy, victim, '00000.wav'), objectPath(copy, victim, '00001.wav')]
    renameSync(first, `${first}.aside`)
    renameSync(second, first)
    renameSync(`${first}.aside`, second)
  })
  expect(problems).toMatchObject([
    { piece: 'segment', index: 0, kind: 'swapped', problem: 'holds the bytes of segment 1' },
    { piece: 'segment', index: 1, kind: 'swapped', problem: 'holds the bytes of segment 0' },
  ])
})

it('finds a changed manifest, and one that is gone', async () => {
  const problems = await problemsAfter('manifest', (copy) => {
    const path = objectPath(copy, victim, 'manifest.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"lostMs": \d+/, '"lostMs": 99999'))
  })
  expect(problems).toMatchObject([
    { piece: 'manifest', index: null, kind: 'forged', key: expect.stringMatching(/\/manifest\.json$/) },
    { piece: 'manifest', index: null, kind: 'bytes', problem: expect.stringContaining('has SHA-256') },
    { piece: 'manifest', index: null, kind: 'differs', problem: 'says otherwise than the catalog: lostMs' },
  ])
  expect(await problemsAfter('no-manifest', (copy) => rmSync(objectPath(copy, victim, 'manifest.json')))).toMatchObject([
    { piece: 'manifest', problem: 'is missing' },
  ])
})

it('finds a manifest that says otherwise than the catalog although its hash is right', async () => {
  const problems = await problemsAfter('forged', (copy) => {
    const path = objectPath(copy, victim, 'manifest.json')
    const forged = readFileSync(path, 'utf8').replace(/"endReason": "[^"]+"/, '"endReason": "forged"')
    writeFileSync(path, forged)
    tamper(copy, 'update recordings set manifest_sha256 = ? where recording_id = ?', createHash('sha256').update(forged).digest('hex'), victim.recordingId)
  })
  expect(problems).toMatchObject([
    { piece: 'manifest', kind: 'forged' },
    { piece: 'manifest', problem: 'says otherwise than the catalog: endReason' },
  ])
})

it('finds rows that were changed or lost', async () => {
  const settings = await problemsAfter('row', (copy) =>
    tamper(copy, 'update recordings set captured_ms = captured_ms + 5 where recording_id = ?', victim.recordingId),
  )
  expect(settings.map(({ problem }) => problem)).toEqual(['says otherwise than the catalog: capturedMs', expect.stringMatching(/the segments add up to/)])
  const lost = await problemsAfter('lost-row', (copy) => tamper(copy, 'delete from segments where segment_index = 1 and recording_id = ?', victim.recordingId))
  expect(lost).toEqual(expect.arrayContaining([expect.objectContaining({ piece: 'segment', index: 1, problem: 'is missing in the catalog' })]))
  expect(lost).toEqual(expect.arrayContaining([expect.objectContaining({ piece: 'segment', index: null, problem: 'is not part of the recording' })]))
})

it('finds a wrong WAV header even where every hash was adjusted to it', async () => {
  const problems = await problemsAfter('header', (copy) => {
    const path = objectPath(copy, victim, '00000.wav')
    const bytes = readFileSync(path)
    bytes.writeUInt32LE(44_100, 24)
    writeFileSync(path, bytes)
    tamper(
      copy,
      'update segments set sha256 = ? where segment_index = 0 and recording_id = ?',
      createHash('sha256').update(bytes).digest('hex'),
      victim.recordingId,
    )
  })
  expect(problems).toMatchObject([
    { piece: 'manifest', index: 0, kind: 'differs', problem: 'says otherwise of segment 0 than the catalog: sha256' },
    { piece: 'segment', index: 0, kind: 'header', problem: expect.stringContaining('has not the WAV header of') },
  ])
})

it('finds an object that nobody wrote', async () => {
  const problems = await problemsAfter('stray', (copy) => copyFileSync(objectPath(copy, victim, '00000.wav'), objectPath(copy, victim, '00009.wav')))
  expect(problems).toEqual([
    { piece: 'segment', index: null, key: expect.stringMatching(/\/00009\.wav$/), kind: 'stray', problem: 'is not part of the recording' },
  ])
})

it('looks at the recordings named alone, and leaves out what is under way or deleted', async () => {
  const copy = copied(dataDir, 'named')
  rmSync(objectPath(copy, victim, '00000.wav'))
  const [other = ''] = others
  expect(await documentOf(0, 'recordings', 'verify', other, '--data', copy)).toEqual([{ recordingId: other, ok: true, problems: [] }])
  expect(await documentOf(1, 'recordings', 'verify', victim.recordingId, other, '--data', copy)).toMatchObject([
    { recordingId: victim.recordingId, ok: false },
    { ok: true },
  ])
  expect((await twinreel('recordings', 'verify', 'nobody', '--data', copy)).exitCode).toBe(2)

  tamper(copy, "update recordings set status = 'recording', ended_log_ms = null, ended_at_ms = null where recording_id = ?", victim.recordingId)
  expect(await documentOf(0, 'recordings', 'verify', victim.recordingId, '--data', copy)).toEqual([])
  const { stdout, stderr } = await twinreel('recordings', 'verify', victim.recordingId, '--data', copy)
  expect(stderr).toBe(`left out: ${victim.recordingId} is not finished\n`)
  expect(stdout).toContain('0 recordings read')
})

it('exports one WAV of all segments, and never a damaged one', async () => {
  const { recordingId, segments, capturedMs } = victim
  const out = `${dataDir}.wav`
  expect(await documentOf(0, 'recordings', 'export', recordingId, '--out', out, '--data', dataDir)).toMatchObject({
    recordingId,
    file: out,
    sizeBytes: statSync(out).size,
  })
  const file = readFileSync(out)
  const parts = Array.from({ length: segments }, (_, index) => readFileSync(objectPath(dataDir, victim, `${String(index).padStart(5, '0')}.wav`)))
  const dataOffset = parts[0]?.indexOf('data') ?? 0
  expect(file.readUInt32LE(4)).toBe(file.length - 8)
  expect(file.readUInt32LE(dataOffset + 4)).toBe(Math.floor((capturedMs * file.readUInt32LE(28)) / 1_000))
  expect(file.subarray(dataOffset + 8).equals(Buffer.concat(parts.map((part) => part.subarray(dataOffset + 8))))).toBe(true)

  const copy = copied(dataDir, 'export')
  truncateSync(objectPath(copy, victim, '00001.wav'), 5_000)
  const damaged = await twinreel('recordings', 'export', recordingId, '--out', `${copy}.wav`, '--data', copy)
  expect(damaged.exitCode).toBe(1)
  expect(damaged.stderr).toContain('00001.wav, has 5000 bytes instead of')
  expect(() => statSync(`${copy}.wav`)).toThrow('ENOENT')

  tamper(copy, "update recordings set status = 'purged', claimed_at_ms = 1, purged_at_ms = 1 where recording_id = ?", recordingId)
  const purged = await twinreel('recordings', 'export', recordingId, '--out', `${copy}.wav`, '--data', copy)
  expect({ exitCode: purged.exitCode, stderr: purged.stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining('was deleted on 1970-01-01T00:00:00.001Z'),
  })
  expect((await twinreel('recordings', 'export', recordingId, '--out', '-', '--json', '--data', dataDir)).exitCode).toBe(2)
  expect((await twinreel('recordings', 'export', 'nobody', '--out', '-', '--data', dataDir)).exitCode).toBe(2)
})
