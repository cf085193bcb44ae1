import { expect, test } from 'vitest'
import { inWords } from './words.ts'

test('a decision is told at its call time, also before the answer', () => {
  const pausedAt = (atMs: number): string => inWords({ kind: 'recording.paused', ownerId: 'mia', atMs })
  expect([42_310, 3_723_004, -500].map(pausedAt)).toEqual([
    'mia’s recording paused at 00:42.310',
    'mia’s recording paused at 1:02:03.004',
    'mia’s recording paused at -00:00.500',
  ])
})
