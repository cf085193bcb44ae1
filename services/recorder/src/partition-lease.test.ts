import { openCatalog } from '@twinreel/catalog/open'
import { claimPartition } from '@twinreel/catalog/recorder'
import { expect, onTestFinished, test } from 'vitest'
import { partitionLease } from './partition-lease.ts'

const OF = { topic: 'calls', partition: 3 }

async function leased(conditionalWrites: 'enforced' | 'ignored' = 'enforced') {
  const catalog = await openCatalog({ path: ':memory:' })
  onTestFinished(() => catalog.close())
  const claim = () => claimPartition(catalog, { ...OF, logIdentity: 'log', endOffset: 0 })
  let nowMs = 1_000_000
  let asked = 0
  let isLost = false
  const lease = partitionLease(
    { catalog, clock: { now: () => nowMs }, store: { conditionalWrites } as Parameters<typeof partitionLease>[0]['store'] },
    {
      ...OF,
      patiently(work) {
        asked += 1
        return work()
      },
      lost: () => void (isLost = true),
    },
  )
  lease.begin((await claim()).epoch, nowMs)
  return { lease, claim, pass: (ms: number) => void (nowMs += ms), now: () => nowMs, asked: () => asked, isLost: () => isLost }
}

test('a process that runs speaks without asking, however long the catalog has said nothing', async () => {
  const { lease, pass, asked } = await leased()
  for (let turn = 0; turn < 100; turn++) {
    pass(500)
    lease.awake()
  }
  expect([await lease.maySpeak(), asked()]).toEqual([true, 0])
})

test.each(['finds that by itself', 'is told by a timer first'])('a process that stood still (and %s) asks before it speaks, once', async (how) => {
  const { lease, pass, asked, isLost } = await leased()
  pass(6_000)
  if (how !== 'finds that by itself') lease.awake()
  expect([await lease.maySpeak(), await lease.maySpeak(), asked(), isLost()]).toEqual([true, true, 1, false])
})

test('who lost the partition meanwhile says and writes nothing', async () => {
  const { lease, claim, pass, isLost } = await leased()
  await claim()
  pass(6_000)
  expect([await lease.maySpeak(), await lease.isHeld(), isLost()]).toEqual([false, false, true])
})

test('a commit that was begun before the process stood still proves nothing', async () => {
  const { lease, claim, pass, now } = await leased()
  const beganMs = now()
  await claim()
  pass(6_000)
  lease.awake()
  lease.confirmed(beganMs)
  expect([await lease.maySpeak(), await lease.isHeld()]).toEqual([false, false])
})

test('before each write it is asked where the store takes what is there already, else after five seconds', async () => {
  const careful = await leased('ignored')
  expect([await careful.lease.isHeld(), careful.asked()]).toEqual([true, 1])
  const { lease, pass, asked } = await leased()
  expect([await lease.isHeld(), asked()]).toEqual([true, 0])
  pass(5_000)
  expect([await lease.isHeld(), asked()]).toEqual([true, 1])
})
