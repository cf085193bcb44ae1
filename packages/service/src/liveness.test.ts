import { expect, onTestFinished, test } from 'vitest'
import { watchEventLoop } from './liveness.ts'

test('a process that comes round to its work is well', () => {
  const liveness = watchEventLoop()
  onTestFinished(() => liveness.stop())
  expect([liveness.fault(), liveness.delayMs()]).toEqual([null, 0])
})
