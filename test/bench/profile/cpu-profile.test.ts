import { expect, it } from 'vitest'
import { busyIn } from './cpu-profile.ts'
import { moduleOf } from './module-of.ts'

it('knows whose file it is', () => {
  expect(moduleOf('file:///x/packages/media/src/wav.ts')).toBe('media')
  expect(moduleOf('file:///x/packages/event-log/src/kafka/link.ts')).toBe('event-log/kafka')
  expect(moduleOf('file:///x/node_modules/.pnpm/kafkajs@2.2.4/node_modules/kafkajs/src/index.js')).toBe('kafkajs')
  expect(moduleOf('file:///x/node_modules/.pnpm/a@1/node_modules/@smithy/core/dist/index.js')).toBe('aws-sdk')
  expect(moduleOf('node:internal/crypto/hash')).toBeNull()
  expect(moduleOf('')).toBeNull()
})

it('counts node’s own work for the module that asked for it, and idle time not at all', () => {
  const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 0 })
  const busy = busyIn({
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 4, 5, 6] },
      { id: 2, callFrame: frame('seal', 'file:///x/services/recorder/src/seal.ts'), children: [3] },
      { id: 3, callFrame: frame('update', 'node:internal/crypto/hash') },
      { id: 4, callFrame: frame('(idle)') },
      { id: 5, callFrame: frame('(garbage collector)') },
      { id: 6, callFrame: frame('onStreamRead', 'node:internal/stream_base_commons') },
    ],
    samples: [2, 3, 4, 5, 6],
    timeDeltas: [1, 10, 20, 400, 30, 7],
  })
  expect(Object.fromEntries(busy.modules)).toEqual({ recorder: 30, 'garbage collection': 30, node: 7 })
  expect(busy.functions.get('recorder: update (node:internal/crypto/hash)')).toBe(20)
  expect(busy.totalUs).toBe(67)
})
