import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { EXIT } from './exit-codes.ts'
import { serveStatus } from './serve-lock.ts'
import { tamper } from './testing/recorded-calls.ts'
import { documentOf, startServe, twinreel } from './testing/run-command.ts'
import { scratchDirectory } from './testing/scratch-directory.ts'
import { waitForRecorder } from './wait-for-recorder.ts'

const scratch = scratchDirectory()

it('records simulated calls while other commands look on, until it is told to stop', async () => {
  const dataDir = join(scratch, 'together')
  const data = ['--data', dataDir]
  const truth = join(scratch, 'truth')
  const serve = await startServe(dataDir)
  expect(serveStatus(dataDir)).toEqual({ running: true, pid: serve.pid })

  const second = await twinreel('serve', ...data)
  expect({ exitCode: second.exitCode, stdout: second.stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(second.stderr).toContain(`a serve already runs on ${dataDir} as pid ${serve.pid}`)

  const report = await documentOf(
    0,
    'simulate',
    '--seed',
    '5',
    '--calls',
    '20',
    '--users',
    '8',
    '--call-seconds',
    '15',
    '--loss',
    '0.02',
    '--truth',
    truth,
    ...data,
  )
  expect(report).toMatchObject({ seed: 5, calls: 20, messages: expect.any(Number), audioMinutes: expect.any(Number), seconds: expect.any(Number) })
  expect(readdirSync(truth)).toContain('sim-5-call-00001.json')
  const again = await twinreel('simulate', '--seed', '5', '--calls', '2', '--users', '8', ...data)
  expect(again.exitCode).toBe(2)
  expect(again.stderr).toContain('seed 5 was simulated here before')

  const ledger = (await documentOf(0, 'ledger', ...data)) as { callId: string; ownerId: string; outcome: string; capturedMs: number }[]
  const { outcomes, recorded } = report as { outcomes: number; recorded: number }
  expect(ledger).toHaveLength(outcomes)
  expect(ledger.filter(({ outcome }) => outcome === 'recorded')).toHaveLength(recorded)
  const excluded = (await documentOf(0, 'ledger', '--outcome', 'excluded', ...data)) as { reason: string | null }[]
  expect(excluded.every(({ reason }) => reason !== null)).toBe(true)

  const recordings = (await documentOf(0, 'recordings', 'list', '--status', 'completed', ...data)) as Record<string, unknown>[]
  expect(recordings.length).toBeGreaterThan(0)
  for (const recording of recordings) {
    expect(Object.keys(recording)).toEqual([
      'recordingId',
      'callId',
      'ownerId',
      'orgId',
      'tier',
      'mode',
      'status',
      'startedAt',
      'endedAt',
      'capturedMs',
      'pausedMs',
      'heldMs',
      'lostMs',
      'segments',
      'sizeBytes',
      'dueAt',
      'purgedAt',
    ])
    expect(recording['startedAt']).toMatch(/^2025-01-06T09:0\d:\d\d\.\d{3}Z$/)
  }
  const [first] = recordings as { recordingId: string; callId: string; ownerId: string }[]
  expect(await documentOf(0, 'recordings', 'show', first?.recordingId ?? '', ...data)).toMatchObject({
    ...first,
    settings: { mode: expect.any(String) },
    manifest: { key: expect.stringContaining('manifest.json') },
    objects: expect.arrayContaining([expect.objectContaining({ index: 0 })]),
  })
  expect(await documentOf(0, 'recordings', 'list', '--call', first?.callId ?? '', '--owner', first?.ownerId ?? '', ...data)).toContainEqual(first)
  expect((await twinreel('recordings', 'show', 'nobody', ...data)).exitCode).toBe(2)
  expect(await documentOf(0, 'recordings', 'verify', ...data)).toEqual(expect.arrayContaining([{ recordingId: first?.recordingId, ok: true, problems: [] }]))

  const outlook = (await documentOf(0, 'retention', 'due', '--all', ...data)) as { verdict: string; why: string; dueAt: string | null }[]
  expect(outlook).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ verdict: 'stays', why: 'paid-tier', dueAt: null }),
      expect.objectContaining({ verdict: 'due-later', why: 'go-tier-expired' }),
    ]),
  )
  const later = (await documentOf(0, 'retention', 'due', '--at', '2999-01-01T00:00:00Z', ...data)) as { verdict: string; why: string }[]
  expect(new Set(later.map(({ why, verdict }) => `${verdict}: ${why}`))).toEqual(new Set(['due: go-tier-expired']))
  expect(await documentOf(0, 'retention', 'run', ...data)).toMatchObject({ halted: null, failed: [], more: false })
  expect(await documentOf(0, 'retention', 'due', ...data)).toEqual([])

  expect(await documentOf(0, 'stop', ...data)).toEqual({ stopped: true, pid: serve.pid })
  const { exitCode, stdout, stderr } = await serve.ended
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `ready pid=${serve.pid}\n` })
  for (const line of stderr.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ name: 'twinreel', level: expect.stringMatching(/^(info|warn)$/) })
  expect(serveStatus(dataDir)).toEqual({ running: false, pid: null })
  expect(existsSync(join(dataDir, 'serve.pid'))).toBe(false)

  const stopped = await twinreel('stop', ...data)
  expect(stopped.exitCode).toBe(1)
  expect(stopped.stderr).toContain(`no serve runs on ${dataDir}`)
})

it('drains on SIGINT, and its lock dies with it however it dies', async () => {
  const dataDir = join(scratch, 'killed')
  const interrupted = await startServe(dataDir)
  interrupted.kill('SIGINT')
  expect((await interrupted.ended).exitCode).toBe(0)

  const killed = await startServe(dataDir)
  killed.kill('SIGKILL')
  expect((await killed.ended).signal).toBe('SIGKILL')
  expect(readFileSync(join(dataDir, 'serve.pid'), 'utf8')).toBe(`${killed.pid}\n`)
  // A stale pid that is some other process's by now is not believed: nobody holds the lock.
  writeFileSync(join(dataDir, 'serve.pid'), `${process.pid}\n`)
  expect(serveStatus(dataDir)).toEqual({ running: false, pid: null })
  expect((await twinreel('stop', '--data', dataDir)).exitCode).toBe(1)

  const next = await startServe(dataDir)
  expect(serveStatus(dataDir).pid).toBe(next.pid)
  next.kill('SIGTERM')
  expect((await next.ended).exitCode).toBe(0)
})

it.each(['catalog.db', 'log.db', 'lock.db'])('gives up when %s is damaged, and says so', async (file) => {
  const dataDir = join(scratch, `damaged-${file}`)
  await documentOf(0, 'orgs', 'enable', 'acme', '--name', 'Acme', '--partner', 'carrier', '--data', dataDir)
  writeFileSync(join(dataDir, file), 'this is no database, and long enough that nobody takes it for an empty one'.repeat(100))
  const { exitCode, stdout, stderr } = await twinreel('serve', '--data', dataDir)
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' })
  expect(stderr).toContain(join(dataDir, file))
})

it('gives up when an engine breaks under it', async () => {
  const dataDir = join(scratch, 'breaks')
  const serve = await startServe(dataDir)
  tamper(dataDir, 'drop table partitions')
  const { exitCode, stderr } = await serve.ended
  expect(exitCode).toBe(3)
  expect(stderr).toContain(`catalog ${join(dataDir, 'catalog.db')}: no such table: partitions`)
  expect(serveStatus(dataDir).running).toBe(false)
})

it('waits for a recorder only so long', async () => {
  const dataDir = join(scratch, 'nobody')
  const waited = waitForRecorder({ kind: 'embedded', dataDir }, { clock: { now: () => 0 }, withinMs: 0, onWait: () => {} })
  await expect(waited).rejects.toMatchObject({ exitCode: EXIT.engine, message: expect.stringContaining(`no recorder runs on ${dataDir}`) })
})
