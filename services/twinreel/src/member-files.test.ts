import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { silentLogger } from '@twinreel/service/log'
import { expect, onTestFinished, test } from 'vitest'
import { memberFiles } from './member-files.ts'
import { scratchDirectory } from './testing/scratch-directory.ts'

const CALLS = { groupId: 'recorder', memberId: 'recorder-1-abc' }
const OTHERS = { groupId: 'recorder', memberId: 'recorder-2-def' }

/** A process that is this member, until something ends it. */
async function processWith(dataDir: string, memberId: string): Promise<ChildProcess> {
  const script = `
    const { memberFiles } = await import(${JSON.stringify(join(import.meta.dirname, 'member-files.ts'))})
    const { silentLogger } = await import('@twinreel/service/log')
    const files = memberFiles(${JSON.stringify(dataDir)}, silentLogger)
    files.joining({ groupId: 'recorder', memberId: ${JSON.stringify(memberId)} })
    process.stdout.write('joined')
    setInterval(() => files.dead(), 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

test('what a killed process was a member of is inherited by the next in its directory, once', async () => {
  const dataDir = scratchDirectory()
  await kill(await processWith(dataDir, CALLS.memberId))
  const next = memberFiles(dataDir, silentLogger)
  expect(next.dead()).toEqual([CALLS])
  const beside = memberFiles(dataDir, silentLogger)
  expect(beside.dead()).toEqual([])
  next.left(CALLS)
  expect(next.dead()).toEqual([])
  next.close()
  beside.close()
  expect(readdirSync(join(dataDir, 'members'))).toEqual([])
})

test('who is frozen is not dead, nor who runs beside', async () => {
  const dataDir = scratchDirectory()
  const frozen = await processWith(dataDir, CALLS.memberId)
  const running = await processWith(dataDir, OTHERS.memberId)
  frozen.kill('SIGSTOP')
  const next = memberFiles(dataDir, silentLogger)
  expect(next.dead()).toEqual([])
  next.close()
  await kill(frozen)
  const later = memberFiles(dataDir, silentLogger)
  expect(later.dead()).toEqual([CALLS])
  later.close()
  await kill(running)
  const last = memberFiles(dataDir, silentLogger)
  expect(last.dead()).toEqual(expect.arrayContaining([CALLS, OTHERS]))
  last.close()
})

test('an heir that is killed before it made them leave is inherited with what it had inherited', async () => {
  const dataDir = scratchDirectory()
  await kill(await processWith(dataDir, CALLS.memberId))
  await kill(await processWith(dataDir, OTHERS.memberId))
  const next = memberFiles(dataDir, silentLogger)
  expect(next.dead()).toEqual([CALLS, OTHERS])
  next.close()
})

test('who left leaves nothing to inherit', () => {
  const dataDir = scratchDirectory()
  const first = memberFiles(dataDir, silentLogger)
  first.joining(CALLS)
  const file = readdirSync(join(dataDir, 'members')).find((name) => name.endsWith('.json')) ?? ''
  expect(JSON.parse(readFileSync(join(dataDir, 'members', file), 'utf8'))).toEqual([CALLS])
  first.left(CALLS)
  first.close()
  const next = memberFiles(dataDir, silentLogger)
  expect(next.dead()).toEqual([])
  next.close()
})

test('a file that is damaged tells of nobody', () => {
  const dataDir = scratchDirectory()
  mkdirSync(join(dataDir, 'members'), { recursive: true })
  for (const [name, text] of Object.entries({ a: '{', b: '{"groupId": 1}', c: '[{"groupId": 1}, null, {"groupId": "recorder", "memberId": "m"}]' })) {
    writeFileSync(join(dataDir, 'members', `${name}.lock`), '')
    writeFileSync(join(dataDir, 'members', `${name}.json`), text)
  }
  const next = memberFiles(dataDir, silentLogger)
  expect(next.dead()).toEqual([{ groupId: 'recorder', memberId: 'm' }])
  next.close()
})

test('a directory that takes no files is told of, and remembers nothing', () => {
  const dataDir = scratchDirectory()
  writeFileSync(join(dataDir, 'members'), 'in the way')
  const told: string[] = []
  const log = { ...silentLogger, warn: (_fields: unknown, message: string) => void told.push(message) } as typeof silentLogger
  const files = memberFiles(dataDir, log)
  files.joining(CALLS)
  expect(files.dead()).toEqual([])
  files.close()
  expect(told).toEqual([expect.stringContaining('is not kept')])
})
