import { expect, test } from 'vitest'
import { LogError, type PartitionRange } from '../port.ts'
import { createLane } from './lane.ts'

const handler = { assigned: () => Promise.resolve(0), batch: () => Promise.resolve(), revoked: () => Promise.resolve() }

function openLane(range: () => Promise<PartitionRange>) {
  return createLane({
    topic: 'topic',
    physicalTopic: 'topic',
    partition: 0,
    maxBatchBytes: 1_000,
    handler,
    after: Promise.resolve(),
    range,
    isPaused: () => false,
    isFresh: () => true,
    handled: () => undefined,
    changed: () => undefined,
  })
}

test('a lane closed while it asks for its range ends well, though the connection went away with it', async () => {
  const range = Promise.withResolvers<PartitionRange>()
  const asked = Promise.withResolvers<void>()
  const lane = openLane(() => {
    asked.resolve()
    return range.promise
  })
  await asked.promise
  lane.close()
  range.reject(new LogError('the connection is closed', { retriable: false }))
  await expect(lane.done).resolves.toBeUndefined()
})

test('a lane that cannot get its range for good says so', async () => {
  await expect(openLane(() => Promise.reject(new LogError('not allowed', { retriable: false }))).done).rejects.toThrow('not allowed')
})
