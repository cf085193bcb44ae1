import { afterAll, describe } from 'vitest'
import { BROKER, brokerSettings, removeEverything } from '../test/kafka-broker.ts'
import { eventLogContract } from './contract.ts'
import { openKafkaLog } from './kafka.ts'

describe.skipIf(BROKER === '')('Kafka, at the broker TWINREEL_TEST_KAFKA names', () => {
  const settings = brokerSettings()

  afterAll(() => removeEverything(settings))

  eventLogContract('Kafka', async () => {
    let log = await openKafkaLog(settings)
    return {
      log,
      async reopen() {
        await log.close()
        log = await openKafkaLog(settings)
        return log
      },
      dispose: () => log.close(),
    }
  })
})
