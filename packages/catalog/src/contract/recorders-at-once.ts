import { describe, expect, test } from 'vitest'
import { publishOutbox, takeOutbox, type WaitingMessage } from '../outbox.ts'
import type { Catalog } from '../open.ts'
import { EpochLostError, claimPartition, commit, loadSessions } from '../recorder.ts'
import type { RecorderChange } from '../recorder-changes.ts'
import { PARTITION, START_MS, assigned, bench, message, started, type MakeCatalog } from './setup.ts'

function session(callId: string, offset: number): RecorderChange {
  return { kind: 'session', callId, offset, foldVersion: 1, state: '{}', endedOffset: null }
}

function opened(callId: string): RecorderChange {
  return { kind: 'call.opened', callId, orgId: 'acme', callType: null, direction: null, correlationId: null, offset: 0 }
}

/** A change that announces something new each time, under one key. */
function announcing(key: string, number: number): RecorderChange {
  const { announce } = { announce: { ...message(key), headers: { ce_id: `${key}/${number}` } } }
  return { kind: 'dead-letter', topic: 'calls', partition: 0, offset: number, announce }
}

/** What several recorder processes do at the same moment. */
export function recordersAtOnceContract(make: MakeCatalog): void {
  describe('recorders at once', () => {
    test('a commit that races with the next assignment is seen by it, or is refused', async () => {
      const { recorder, other } = await bench(make)
      let holder = await assigned(recorder)
      for (let round = 0; round < 30; round += 1) {
        const committed = commit(recorder, holder, [session(`call-${round}`, round)]).then(
          () => true,
          (error: unknown) => {
            expect(error).toBeInstanceOf(EpochLostError)
            return false
          },
        )
        const claim = claimPartition(other, { ...PARTITION, logIdentity: 'log-1', endOffset: 1_000 })
        const { epoch } = await claim
        const seen = (await loadSessions(other, PARTITION)).some((stored) => stored.callId === `call-${round}`)
        expect(await committed).toBe(seen)
        holder = { ...PARTITION, epoch }
      }
    })

    test('partitions of a new log, claimed all at once, end what the old log held once', async () => {
      const { recorder, other } = await bench(make)
      const partitions = Array.from({ length: 6 }, (_, partition) => ({ topic: 'calls', partition }))
      for (const of of partitions) {
        const { epoch } = await claimPartition(recorder, { ...of, logIdentity: 'log-1', endOffset: 1_000 })
        const calls = [0, 1, 2].map((n) => `call-${of.partition}-${n}`)
        await commit(
          recorder,
          { ...of, epoch },
          calls.flatMap((callId) => [opened(callId), started(`rec-${callId}`, { callId })]),
        )
      }
      await Promise.all(partitions.map((of, i) => claimPartition(i % 2 === 0 ? recorder : other, { ...of, logIdentity: 'log-2', endOffset: 1_000 })))
      const failed = (await takeOutbox(recorder, 1_000)).filter((waits) => waits.headers['ce_type'] === 'io.twinreel.recording.failed.v1')
      expect(failed).toHaveLength(18)
      expect(new Set(failed.map((waits) => waits.key)).size).toBe(18)
    })

    test('with two publishers every message is sent, those of one key in their order', async () => {
      const { recorder, other } = await bench(make)
      const sent: string[] = []
      const producers = [0, 1, 2].map(async (partition) => {
        const of = { topic: 'calls', partition }
        const { epoch } = await claimPartition(recorder, { ...of, logIdentity: 'log-1', endOffset: 1_000 })
        for (let n = 0; n < 20; n += 1) {
          const change = announcing(`key-${partition}`, n)
          await commit(recorder, { ...of, epoch }, [{ ...change, partition } as RecorderChange])
        }
      })
      let producing = true
      const publish = async (at: Catalog): Promise<void> => {
        for (;;) {
          const wasProducing = producing
          const result = await publishOutbox(at, { limit: 7 }, async (messages) => {
            await at.db.selectFrom('partitions').select('epoch').execute()
            sent.push(...messages.map((waits) => waits.headers['ce_id'] ?? ''))
          })
          if (!wasProducing && result.kind === 'published' && result.messages === 0) return
        }
      }
      const publishers = [publish(recorder), publish(other)]
      await Promise.all(producers)
      producing = false
      await Promise.all(publishers)
      const once = [...new Set(sent)]
      for (const partition of [0, 1, 2]) {
        const ofKey = once.filter((id) => id.startsWith(`key-${partition}/`))
        expect(ofKey).toEqual(Array.from({ length: 20 }, (_, n) => `key-${partition}/${n}`))
      }
      // The embedded catalog has one publisher; where processes are many they take turns.
      expect(recorder.dialect.rowLocks ? sent : once).toHaveLength(60)
    })

    test('what could not be sent stays, and is sent again', async () => {
      const { recorder, other } = await bench(make)
      await commit(recorder, await assigned(recorder), [announcing('key', 1), announcing('key', 2)])
      const failing = publishOutbox(recorder, { limit: 10 }, () => Promise.reject(new Error('the log is away')))
      await expect(failing).rejects.toThrow('the log is away')
      const sent: WaitingMessage[] = []
      const result = await publishOutbox(other, { limit: 10 }, async (messages) => void sent.push(...messages))
      expect(result).toEqual({ kind: 'published', messages: 2 })
      expect(sent.map((waits) => waits.headers['ce_id'])).toEqual(['key/1', 'key/2'])
      expect(await publishOutbox(other, { limit: 10 }, () => Promise.reject(new Error('nothing to send')))).toEqual({ kind: 'published', messages: 0 })
    })

    test('started at once by two partitions, a recording has one row', async () => {
      const { recorder, other } = await bench(make)
      const claims = await Promise.all(
        [0, 1].map((partition) => claimPartition(recorder, { topic: 'calls', partition, logIdentity: 'log-1', endOffset: 1_000 })),
      )
      const start = { ...started('rec-1'), startedAtMs: START_MS } as RecorderChange
      await Promise.all(claims.map(({ epoch }, partition) => commit([recorder, other][partition] ?? other, { topic: 'calls', partition, epoch }, [start])))
      expect(await takeOutbox(recorder, 10)).toHaveLength(1)
    })
  })
}
