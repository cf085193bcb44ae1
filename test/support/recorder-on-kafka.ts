import { randomUUID } from 'node:crypto'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { addUser } from '@twinreel/catalog/accounts/users'
import { TOPICS } from '@twinreel/contracts/topics'
import { openKafkaLog } from '@twinreel/event-log/kafka'
import { removeTopics } from '@twinreel/event-log/kafka/remove-topics'
import type { KafkaSettings } from '@twinreel/event-log/kafka/settings'
import { topicPlan } from '@twinreel/event-log/kafka/topic-plan'
import { applyTopics } from '@twinreel/event-log/kafka/topics'
import type { SettingsInput } from '@twinreel/recording/settings'
import { silentLogger } from '@twinreel/service/log'
import { openEngines, type Engines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { onTestFinished } from 'vitest'
import { temporaryDirectory } from './directories.ts'

const BECAUSE = { actor: 'test', reason: 'test' }

/** A recorder that is ready, on topics of its own on a broker, with users of organization `acme`, until the test is over. */
export async function recorderOnKafka(
  broker: string,
  { partitions, users }: { partitions: number; users: Readonly<Record<string, SettingsInput>> },
): Promise<{ engines: Engines; prefix: string }> {
  const prefix = `test-${randomUUID()}-`
  const settings: KafkaSettings = {
    brokers: [broker],
    clientId: 'twinreel-test',
    topicPrefix: prefix,
    tls: null,
    sasl: null,
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 20_000,
    sendDeadlineMs: 20_000,
    sessionTimeoutMs: 10_000,
  }
  await applyTopics(settings, topicPlan({ partitions, replicationFactor: 1 }))
  onTestFinished(() => removeTopics(settings, Object.values(TOPICS)))
  const engines = { ...(await openEngines({ dataDir: temporaryDirectory() })), eventLog: await openKafkaLog(settings) }
  onTestFinished(() => engines.close())
  onTestFinished(() => engines.eventLog.close())
  await enableOrganization(engines.catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier-1', rules: {} })
  for (const [userId, own] of Object.entries(users)) {
    await addUser(engines.catalog, { ...BECAUSE, userId, orgId: 'acme', licence: 'professional' })
    await switchRecordingOn(engines.catalog, { ...BECAUSE, userId, settings: own })
  }
  const recorder = await recordWith(engines, silentLogger)
  onTestFinished(() => recorder.stop())
  await recorder.ready
  return { engines, prefix }
}
