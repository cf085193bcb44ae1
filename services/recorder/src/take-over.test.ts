import { openCatalog } from '@twinreel/catalog/open'
import { claimPartition, commit } from '@twinreel/catalog/recorder'
import { openSqliteLog } from '@twinreel/event-log/sqlite'
import { systemClock } from '@twinreel/service/clock'
import { silentLogger } from '@twinreel/service/log'
import { expect, onTestFinished, test } from 'vitest'
import { takeOver } from './take-over.ts'

const OF = { topic: 'calls', partition: 0 }

test('whoever was held up before the claim while another read past the log’s end as it was, looks again: it is the same log', async () => {
  const eventLog = await openSqliteLog({ path: ':memory:' })
  const catalog = await openCatalog({ path: ':memory:' })
  onTestFinished(() => Promise.all([eventLog.close(), catalog.close()]).then(() => undefined))
  await eventLog.ensureTopics([{ topic: 'calls', partitions: 1 }])
  const logIdentity = await eventLog.identity()
  const append = (): Promise<unknown> =>
    eventLog.append(Array.from({ length: 3 }, () => ({ topic: 'calls', key: 'c', headers: {}, value: new Uint8Array([1]) })))
  let endOffset = 0
  const [given] = await eventLog.ranges('calls')
  if (given === undefined) throw new Error('no partition')

  /** Another recorder takes over, reads to the end and commits. */
  async function otherMovesOn(): Promise<void> {
    await append()
    endOffset = (await eventLog.ranges('calls'))[0]?.endOffset ?? 0
    const { epoch } = await claimPartition(catalog, { ...OF, logIdentity, endOffset })
    await commit(catalog, { ...OF, epoch }, [{ kind: 'partition', safeOffset: endOffset, performedOffset: endOffset }])
  }

  let asked = 0
  const { range, claim } = await takeOver(
    { catalog, eventLog, clock: systemClock, log: silentLogger, wait: () => Promise.resolve() },
    {
      given,
      logIdentity,
      stopping: new AbortController().signal,
      now: () => ({ wallMs: 0, monotonicMs: 0 }),
      async patiently(work) {
        asked += 1
        if (asked === 2) await otherMovesOn()
        return work()
      },
    },
  )
  expect(endOffset).toBeGreaterThan(given.endOffset)
  expect(range.endOffset).toBe(endOffset)
  expect(claim).toMatchObject({ safeOffset: endOffset, identityChanged: false })
})
