import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { isRunning, processNow, signalProcess, type ProcessIdentity } from './process-identity.ts'

async function runningChild(): Promise<{ child: ChildProcess; identity: ProcessIdentity }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)'], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  const identity = processNow(child.pid ?? 0)
  if (identity === null) throw new Error('the child does not run')
  return { child, identity }
}

test('a process runs until it ends', async () => {
  const { child, identity } = await runningChild()
  expect(isRunning(identity)).toBe(true)
  const ended = once(child, 'exit')
  expect(signalProcess(identity, 'SIGTERM')).toBe(true)
  await ended
  expect(isRunning(identity)).toBe(false)
  expect(signalProcess(identity, 'SIGTERM')).toBe(false)
  expect(processNow(identity.pid)).toBeNull()
})

test('a process that started at another time is somebody else’s, though it has the pid, and gets no signal', async () => {
  const { child, identity } = await runningChild()
  const earlier = { ...identity, startedAt: 'before' }
  expect(isRunning(earlier)).toBe(false)
  expect(signalProcess(earlier, 'SIGKILL')).toBe(false)
  expect(isRunning(identity)).toBe(true)
  expect(child.exitCode).toBeNull()
})
