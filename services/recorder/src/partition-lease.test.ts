import { openCatalog } from '@twinreel/catalog/open'
import { claimPartition } from '@twinreel/catalog/recorder'
import { expect, onTestFinished, test } from 'vitest'
import { partitionLease } from './partition-lease.ts'

const OF = { topic: 'calls', partition: 3 }

async function leased(conditionalWrites: 'enforced' | 'ignored' = 'enforced') {
  const catalog = await openCatalog({ path: ':memory:' })
  onTestFinished(() => catalog.close())
  const claim = () => claimPartition(catalog, { ...OF, logIdentity: 'log', endOffset: 0 })
  let [nowMs, monotonicMs] = [1_000_000, 0]
  let whenAnswered = async (): Promise<void> => undefined
  let asked = 0
  let isLost = false
  const lease = partitionLease(
    { catalog, clock: { now: () => nowMs }, monotonicMs: () => monotonicMs, store: { conditionalWrites } as Parameters<typeof partitionLease>[0]['store'] },
    {
      ...OF,
      async patiently(work) {
        asked += 1
        const answer = await work()
        await whenAnswered()
        return answer
      },
      lost: () => void (isLost = true),
    },
  )
  lease.begin((await claim()).epoch, lease.now())
  return {
    lease,
    claim,
    pass(ms: number) {
      nowMs += ms
      monotonicMs += ms
    },
    setClock: (byMs: number) => void (nowMs += byMs),
    onAnswer: (happens: () => Promise<void>) => void (whenAnswered = happens),
    asked: () => asked,
    isLost: () => isLost,
  }
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
  const { lease, claim, pass } = await leased()
  const began = lease.now()
  await claim()
  pass(6_000)
  lease.awake()
  lease.confirmed(began)
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

test('who stands still between the catalog’s answer and hearing it asks again', async () => {
  const { lease, claim, pass, onAnswer, asked, isLost } = await leased()
  pass(6_000)
  onAnswer(async () => {
    onAnswer(async () => undefined)
    pass(20_000)
    await claim()
  })
  expect([await lease.isHeld(), asked(), isLost()]).toEqual([false, 2, true])
})

test('a clock that was set back hides no standing still', async () => {
  const { lease, claim, pass, setClock, isLost } = await leased()
  await claim()
  pass(10_000)
  setClock(-8_000)
  expect([await lease.maySpeak(), await lease.isHeld(), isLost()]).toEqual([false, false, true])
})

test('bytes may go in the moment after it was said, and not when the process stood still in between', async () => {
  const { lease, pass, claim, isLost } = await leased()
  expect(lease.mayBegin()).toBe(false)
  await lease.isHeld()
  pass(900)
  expect(lease.mayBegin()).toBe(true)
  await claim()
  pass(6_000)
  expect(lease.mayBegin()).toBe(false)
  expect([await lease.isHeld(), lease.mayBegin(), isLost()]).toEqual([false, false, true])
})

test('what is being sent is broken off when the process is found to have stood still, and what is sent then is not', async () => {
  const { lease, pass } = await leased()
  const before = lease.signal()
  pass(900)
  lease.awake()
  expect(before.aborted).toBe(false)
  pass(6_000)
  lease.awake()
  expect([before.aborted, lease.signal().aborted]).toEqual([true, false])
})

test('who has given the partition up writes nothing, also when it was just said that he may', async () => {
  const { lease } = await leased()
  expect(await lease.isHeld()).toBe(true)
  const sending = lease.signal()
  lease.end()
  expect([await lease.isHeld(), lease.mayBegin(), sending.aborted, lease.signal().aborted]).toEqual([false, false, true, true])
})
