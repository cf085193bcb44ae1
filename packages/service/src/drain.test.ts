import { EventEmitter, once } from 'node:events'
import { expect, test } from 'vitest'
import { drainOnSignal, type DrainStep, type DrainableProcess } from './drain.ts'
import { silentLogger } from './log.ts'

function host(): { process: DrainableProcess & EventEmitter; left: Promise<number> } {
  const emitter = new EventEmitter()
  const left = once(emitter, 'left').then(([code]) => code as number)
  return { process: Object.assign(emitter, { exit: (code: number) => void emitter.emit('left', code) }), left }
}

function steps(...stops: (() => Promise<void>)[]): { stopped: number[]; steps: DrainStep[] } {
  const stopped: number[] = []
  return {
    stopped,
    steps: stops.map((stop, index) => ({
      name: `step ${index}`,
      stop: async () => {
        await stop()
        stopped.push(index)
      },
    })),
  }
}

const atOnce = async (): Promise<void> => {}
const never = (): Promise<void> => new Promise(() => {})

test('a signal stops everything in order and leaves with 0', async () => {
  const { process, left } = host()
  const work = steps(() => new Promise((resolve) => setImmediate(resolve)), atOnce, atOnce)
  drainOnSignal({ steps: work.steps, log: silentLogger, process })
  process.emit('SIGTERM', 'SIGTERM')
  expect(await left).toBe(0)
  expect(work.stopped).toEqual([0, 1, 2])
})

test('a step that fails costs the exit code, not the other steps', async () => {
  const { process, left } = host()
  const work = steps(atOnce, () => Promise.reject(new Error('disk full')), atOnce)
  drainOnSignal({ steps: work.steps, log: silentLogger, process })
  process.emit('SIGINT', 'SIGINT')
  expect(await left).toBe(1)
  expect(work.stopped).toEqual([0, 2])
})

test('a step that hangs is given up at the deadline', async () => {
  const { process, left } = host()
  drainOnSignal({ steps: steps(never).steps, log: silentLogger, process, deadlineMs: 1 })
  process.emit('SIGTERM', 'SIGTERM')
  expect(await left).toBe(1)
})

test('a second signal leaves at once', async () => {
  const { process, left } = host()
  drainOnSignal({ steps: steps(never).steps, log: silentLogger, process })
  process.emit('SIGTERM', 'SIGTERM')
  process.emit('SIGTERM', 'SIGTERM')
  expect(await left).toBe(1)
})

test('drained by hand, it stops once, and signals no longer count when disposed', async () => {
  const { process } = host()
  const work = steps(atOnce)
  const drain = drainOnSignal({ steps: work.steps, log: silentLogger, process })
  expect(await Promise.all([drain.drain(), drain.drain()])).toEqual([0, 0])
  expect(work.stopped).toEqual([0])
  drain.dispose()
  expect([process.listenerCount('SIGTERM'), process.listenerCount('SIGINT')]).toEqual([0, 0])
})
