import { LogError, type EventLog, type NewRecord } from '@twinreel/event-log/port'
import type { Machine, Outcome } from '../process.ts'
import type { Parts } from '../world-parts.ts'
import type { Appended, Broker } from './broker.ts'
import { startConsumer } from './consumer.ts'
import { checkOffset, indexOf, rangeOf, readFrom, trimTo } from './partition.ts'

/** The log as one process reaches it. */
export function logClient(parts: Parts, broker: Broker, machine: Machine): EventLog {
  const { time, faults, form } = parts
  const { random, hasFaults } = machine
  let consumers = 0
  /** Appends take effect in the order in which they were asked for. */
  const line: { isHere: boolean; run(): void }[] = []

  const fires = (kind: Parameters<typeof faults.fires>[0]): boolean => hasFaults && faults.fires(kind)
  const there = (): number => random.between(0.2, 3)

  /** A call that only looks, or that may be done twice. */
  function ask<T>(what: string, detail: string | number, effect: () => T): Promise<T> {
    const isFailing = fires('read-failed')
    return machine.call<T>({
      what,
      detail,
      thereMs: there(),
      backMs: fires('log-slow') ? faults.random.between(500, 8_000) : there(),
      effect: (settle) => settle(isFailing ? { ok: false, error: new LogError(`${what}: the broker hung up`, { retriable: true }) } : outcomeOf(effect)),
    })
  }

  function append(records: readonly NewRecord[]): Promise<readonly Appended[]> {
    if (records.length === 0) return Promise.resolve([])
    const copies = records.map((record) => ({ ...record, value: record.value.slice() }))
    const now = (): Appended[] => broker.append(machine.name, copies)
    const later = (mostMs: number): void => void time.at(time.now() + faults.random.between(1, mostMs), 'late append', () => void outcomeOf(now))
    const lateMs = fires('producers-reordered') ? faults.random.between(300, 6_000) : 0
    const refusal = (text: string): Outcome<never> => ({
      ok: false,
      error: new LogError(`append: ${text}`, { retriable: true }),
      backMs: faults.random.between(1, 3_000),
    })

    function land(): Outcome<readonly Appended[]> {
      if (fires('append-failed')) return refusal(`0 of ${copies.length} records landed`)
      if (form === 'servers' && copies.length > 1 && fires('append-half-landed')) {
        const landed = faults.random.whole(1, copies.length - 1)
        const outcome = outcomeOf(() => broker.append(machine.name, copies.slice(0, landed)))
        return outcome.ok ? refusal(`${landed} of ${copies.length} records landed`) : outcome
      }
      if (form === 'servers' && fires('append-landed-after-error')) {
        later(10_000)
        return refusal('no broker has answered in time')
      }
      const outcome = outcomeOf(now)
      if (outcome.ok && machine.kind === 'platform' && fires('delivery-duplicated')) later(2_000)
      return outcome
    }

    const mine = { isHere: false, run: (): void => undefined }
    line.push(mine)
    return machine.call<readonly Appended[]>({
      what: 'log.append',
      detail: copies.length,
      thereMs: there() + lateMs,
      backMs: fires('log-slow') ? faults.random.between(500, 8_000) : there(),
      effect(settle) {
        mine.isHere = true
        mine.run = () => settle(land())
        while (line[0]?.isHere === true) line.shift()?.run()
      },
      whenDead() {
        if (form === 'servers' && fires('append-landed-after-error')) later(2_000)
      },
    })
  }

  return {
    ensureTopics: (topics) =>
      ask('log.ensureTopics', topics.length, () => {
        for (const { topic, partitions } of topics) broker.create(topic, partitions)
      }),
    append,
    async consume(options) {
      await ask('log.consume', options.topic, () => void broker.partitions(options.topic))
      consumers += 1
      return startConsumer(parts, broker, machine, `${machine.name}/${consumers}`, options)
    },
    ranges: (topic) => ask('log.ranges', topic, () => broker.partitions(topic).map(rangeOf)),
    read: ({ topic, partition, fromOffset, maxRecords = 1_000, maxBytes = 4 * 1024 * 1024, maxValueBytes = 1024 * 1024 }) =>
      ask('log.read', `${topic}/${partition}`, () => {
        const found = broker.partitions(topic)[partition]
        if (found === undefined) throw new LogError(`${topic} has no partition ${partition}`, { retriable: false })
        const problem = checkOffset(found, fromOffset)
        if (problem !== null) throw problem
        return readFrom(found, fromOffset, { maxRecords, maxBytes, maxValueBytes })
      }),
    trim: ({ topic, partition, beforeOffset, olderThanMs }) =>
      ask('log.trim', `${topic}/${partition}`, () => {
        const found = broker.partitions(topic)[partition]
        if (found === undefined) throw new LogError(`${topic} has no partition ${partition}`, { retriable: false })
        const from = indexOf(found, found.firstOffset)
        let to = from
        for (
          let record = found.records[to];
          record !== undefined && record.offset < beforeOffset && record.appendedAtMs < olderThanMs;
          record = found.records[to]
        )
          to += 1
        const before = found.firstOffset
        // Holes before the first record that stays go with it only as far as was asked.
        trimTo(found, Math.min(beforeOffset, found.records[to]?.offset ?? found.endOffset))
        if (found.firstOffset > before) parts.hooks.trimmed({ process: machine.name, topic, partition, beforeOffset: found.firstOffset })
        return to - from
      }),
    identity: () => ask('log.identity', '', () => 'simulated-log'),
    close: () => Promise.resolve(),
  }
}

function outcomeOf<T>(effect: () => T): Outcome<T> {
  try {
    return { ok: true, value: effect() }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error : new Error(String(error)) }
  }
}
