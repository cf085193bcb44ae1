import type { Broker } from './protocol.ts'

/** A producer's id with the numbers given to batches under it. */
export interface ProducerId {
  readonly producerId: string
  readonly producerEpoch: number
  /** Takes the numbers of a batch; nobody gets them again, whatever becomes of the batch. Answers the first. */
  reserve(key: string, count: number): number
}

export interface ProducerIds {
  /** The id for batches that have none yet; a broker is asked for one when there is none. */
  current(broker: Broker): Promise<ProducerId>
  /** No new batch gets this id. Those that have it keep it: the broker knows them by it. */
  forget(id: ProducerId | null): void
}

/** Numbers end at 2^31 - 1, and a batch needs far fewer than the other half. */
const MANY = 2 ** 30

export function createProducerIds(requestTimeoutMs: number): ProducerIds {
  let asked: Promise<ProducerId> | null = null
  let known: ProducerId | null = null

  function forget(id: ProducerId | null): void {
    if (id !== null && id === known) asked = known = null
  }

  async function ask(broker: Broker): Promise<ProducerId> {
    const { producerId, producerEpoch } = await broker.initProducerId({ transactionTimeout: requestTimeoutMs })
    const next = new Map<string, number>()
    const id: ProducerId = {
      producerId,
      producerEpoch,
      reserve(key, count) {
        const first = next.get(key) ?? 0
        next.set(key, first + count)
        if (first + count > MANY) forget(id)
        return first
      },
    }
    known = id
    return id
  }

  return {
    current(broker) {
      if (asked !== null) return asked
      const mine = ask(broker)
      asked = mine
      mine.catch(() => {
        if (asked === mine) asked = null
      })
      return mine
    },
    forget,
  }
}
