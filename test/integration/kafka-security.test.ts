import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import { openKafkaLog } from '@twinreel/event-log/kafka'
import type { KafkaSettings } from '@twinreel/event-log/kafka/settings'
import { topicPlan } from '@twinreel/event-log/kafka/topic-plan'
import { applyTopics, checkTopics } from '@twinreel/event-log/kafka/topics'
import type { Consumer, EventLog, NewRecord } from '@twinreel/event-log/port'
import { systemClock } from '@twinreel/service/clock'
import { clientCredentials } from '@twinreel/twinreel/environment/oauth'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createAuthority } from '../support/certificates.ts'
import { documentedAcls, type Role } from '../support/documented-acls.ts'
import { missingPrograms } from '../support/private-servers.ts'
import { startSecureBroker, type SecureBroker } from '../support/secure-broker.ts'
import { startTokenServer, type TokenServer } from '../support/token-server.ts'

// A Java program that starts beside other tests takes its time.
const START_WITHIN_MS = 240_000
/** Within this a refusal must be heard; what is set below for connections and requests is far longer. */
const REFUSED_WITHIN_MS = 15_000
const PREFIX = 'secured.'
const PASSWORDS: Readonly<Record<Role | 'stranger', string>> = {
  recorder: `r-${randomUUID()}`,
  platform: `p-${randomUUID()}`,
  'topics-apply': `t-${randomUUID()}`,
  stranger: `s-${randomUUID()}`,
}
const PLAN = topicPlan({ partitions: 4, replicationFactor: 1 })
const OAUTH = { id: 'recorder-client', secret: `c-${randomUUID()}`, subject: 'recorder' }
const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

const missing = await missingPrograms(['kafka'])
const unless = missing.length > 0 ? ` (${missing.join(', ')} was never fetched)` : ''

describe.skipIf(missing.length > 0)(`a broker that asks who comes, and lets nobody do what the guide’s table of ACLs does not say${unless}`, () => {
  let broker: SecureBroker
  let tokens: TokenServer
  const opened: EventLog[] = []

  beforeAll(async () => {
    tokens = await startTokenServer(OAUTH)
    broker = await startSecureBroker({ passwords: PASSWORDS, acls: documentedAcls(), prefix: PREFIX })
    await applyTopics(as('topics-apply'), PLAN)
  }, START_WITHIN_MS)
  afterAll(async () => {
    tokens.close()
    await broker.close()
  }, START_WITHIN_MS)
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((log) => log.close()))
  })

  function settings(address: string, { tls = null, sasl = null }: Partial<Pick<KafkaSettings, 'tls' | 'sasl'>>): KafkaSettings {
    const patience = { connectTimeoutMs: 60_000, requestTimeoutMs: 30_000, sendDeadlineMs: 30_000, sessionTimeoutMs: 10_000 }
    return { brokers: [address], clientId: 'twinreel-test', topicPrefix: PREFIX, tls, sasl, ...patience }
  }
  function withPassword(mechanism: (typeof MECHANISMS)[number], username: string, password: string): KafkaSettings {
    return settings(broker.sasl, { sasl: { mechanism, username, password } })
  }
  const as = (user: keyof typeof PASSWORDS): KafkaSettings => withPassword('scram-sha-512', user, PASSWORDS[user])
  function withToken(client: Partial<typeof OAUTH> = {}, monotonicMs?: () => number): KafkaSettings {
    const { id, secret } = { ...OAUTH, ...client }
    const token = clientCredentials({ tokenUrl: tokens.url, clientId: id, clientSecret: secret, scope: null }, monotonicMs)
    return settings(broker.sasl, { sasl: { mechanism: 'oauthbearer', token } })
  }
  async function open(kafka: KafkaSettings): Promise<EventLog> {
    const log = await openKafkaLog(kafka)
    opened.push(log)
    return log
  }
  const record = (topic: string, key: string = randomUUID()): NewRecord => ({ topic, key, headers: {}, value: Buffer.from('something') })

  /** What a member of the group gets of the topic from now on. */
  async function follow(log: EventLog, topic: string, groupId: string): Promise<{ consumer: Consumer; keys: string[]; assigned: number[] }> {
    const keys: string[] = []
    const assigned: number[] = []
    const from = new Map((await log.ranges(topic)).map(({ partition, endOffset }) => [partition, endOffset]))
    const consumer = await log.consume({
      topic,
      groupId,
      handler: {
        assigned: ({ partition, endOffset }) => Promise.resolve(assigned.push(partition)).then(() => from.get(partition) ?? endOffset),
        batch: ({ records }) => Promise.resolve(void keys.push(...records.map(({ key }) => key))),
        revoked: () => Promise.resolve(),
      },
    })
    return { consumer, keys, assigned }
  }
  async function expectKey(keys: readonly string[], { key }: NewRecord): Promise<void> {
    await expect.poll(() => keys, { timeout: 20_000 }).toContain(key)
  }
  const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  async function expectRoundTrip(kafka: KafkaSettings): Promise<void> {
    const log = await open(kafka)
    const { consumer, keys } = await follow(log, 'calls', 'recorder')
    const sent = record('calls')
    await log.append([sent])
    await expectKey(keys, sent)
    expect(openSockets()).toBeGreaterThan(0)
    await consumer.stop()
  }

  describe('lets in', () => {
    test.for(MECHANISMS)('a recorder by %s', async (mechanism) => {
      await expectRoundTrip(withPassword(mechanism, 'recorder', PASSWORDS.recorder))
    })

    test('a recorder by a token of a token server', async () => {
      await expectRoundTrip(withToken())
    })

    test('a recorder by its certificate', async () => {
      await expectRoundTrip(settings(broker.tls, { tls: { ca: broker.authority.cert, ...broker.authority.issue('recorder') } }))
    })

    test('a recorder whose token has expired: with a new one, on the same connections and on new ones', async () => {
      let nowMs = 0
      const before = tokens.granted.length
      tokens.lifeMs = 15_000
      const kafka = withToken({}, () => nowMs)
      const log = await open(kafka)
      const { consumer, keys, assigned } = await follow(log, 'calls', 'recorder')
      const early = record('calls')
      await log.append([early])
      await expectKey(keys, early)
      const [first, ...others] = tokens.granted.slice(before)
      expect(others).toEqual([])
      const expiresMs = first?.expiresMs ?? Infinity
      tokens.lifeMs = 3_600_000
      nowMs = 3_600_000
      await expect.poll(() => systemClock.now(), { timeout: 30_000, interval: 100 }).toBeGreaterThan(expiresMs)
      const late = record('calls')
      await log.append([late])
      await expectKey(keys, late)
      expect(tokens.granted).toHaveLength(before + 2)
      expect(assigned).toHaveLength(4)
      await consumer.stop()
      await expectRoundTrip(kafka)
    })
  })

  describe('refuses, soon and for a reason that is told,', () => {
    async function expectRefusal(kafka: KafkaSettings, reason: string | RegExp, secrets: readonly string[] = []): Promise<void> {
      const lines: unknown[] = []
      const error: unknown = await openKafkaLog(kafka, { log: (...line) => void lines.push(line) }).then(
        (log) => log.close().then(() => 'it was let in'),
        (refusal: unknown) => refusal,
      )
      expect(error).toMatchObject({ name: 'LogError', message: expect.stringMatching(reason) })
      expect(error).toMatchObject({ message: expect.stringContaining(`Kafka at ${kafka.brokers.join(', ')}: `) })
      // Not in what caused it either.
      const told = inspect([error, lines], { depth: Infinity, showHidden: true })
      for (const secret of secrets) {
        expect(told).not.toContain(secret)
        expect(told).not.toContain(Buffer.from(secret).toString('base64'))
      }
      // Nothing stays half open.
      await expect.poll(openSockets).toBe(0)
    }

    test.for(MECHANISMS)('a wrong password by %s, and somebody unknown', { timeout: REFUSED_WITHIN_MS }, async (mechanism) => {
      await expectRefusal(withPassword(mechanism, 'recorder', PASSWORDS.platform), 'the broker refuses the credentials', [PASSWORDS.platform])
      await expectRefusal(withPassword(mechanism, 'nobody', 'a-guess-of-mine'), 'the broker refuses the credentials', ['a-guess-of-mine'])
    })

    test(
      'a token that has expired, and one that is none',
      async () => {
        tokens.lifeMs = -60_000
        const expired = withToken()
        await expectRefusal(expired, 'the broker refuses the token', [])
        tokens.lifeMs = 3_600_000
        const { value = '' } = tokens.granted.at(-1) ?? {}
        await expectRefusal(settings(broker.sasl, { sasl: { mechanism: 'oauthbearer', token: () => Promise.resolve({ value }) } }), 'refuses the token', [
          value,
        ])
        const forged = 'forged-token-of-mine'
        await expectRefusal(settings(broker.sasl, { sasl: { mechanism: 'oauthbearer', token: () => Promise.resolve({ value: forged }) } }), 'refuse', [forged])
      },
      REFUSED_WITHIN_MS,
    )

    test(
      'whoever the token server gives nothing',
      async () => {
        const secret = 'not-the-secret'
        await expectRefusal(withToken({ secret }), /no token from 127\.0\.0\.1:\d+: answered 401 \(invalid_client\)/, [secret])
      },
      REFUSED_WITHIN_MS,
    )

    test(
      'a certificate missing, or of an authority unknown, on either side',
      async () => {
        const [ca, other] = [broker.authority.cert, createAuthority('Another authority')]
        const own = broker.authority.issue('recorder')
        await expectRefusal(settings(broker.tls, { tls: { ca: other.cert, ...own } }), 'signed by nobody who is trusted here; is the CA given', [own.key])
        await expectRefusal(settings(broker.tls, { tls: { ca: null, ...own } }), 'signed by nobody who is trusted here; is the CA given', [own.key])
        await expectRefusal(settings(broker.tls, { tls: { ca, cert: null, key: null } }), 'does it ask for a client certificate')
        await expectRefusal(settings(broker.tls, { tls: { ca, ...other.issue('recorder') } }), 'TLS failed')
        await expectRefusal(settings(broker.tls.replace('127.0.0.1', 'localhost'), { tls: { ca, ...own } }), 'the certificate is not for this host name')
      },
      REFUSED_WITHIN_MS,
    )

    test(
      'credentials that are not given at all',
      async () => {
        await expectRefusal(settings(broker.sasl, {}), 'does its listener ask for TLS or for credentials')
        await expectRefusal(settings(broker.tls, {}), /ask for TLS or for credentials|speak TLS/)
      },
      REFUSED_WITHIN_MS,
    )
  })

  describe('with the rights of the guide’s table and no others', () => {
    const MAY_NOT = /this user may not do that \(\w+_AUTHORIZATION_FAILED\)/
    const everything = { beforeOffset: Number.MAX_SAFE_INTEGER, olderThanMs: systemClock.now() + 3_600_000 }
    const changed = PLAN.map((each) => ({ ...each, config: { ...each.config, 'segment.ms': '7200000' } }))

    test('`topics apply` creates, finds and corrects topics; it reads and writes none', async () => {
      const applied = await applyTopics(as('topics-apply'), changed)
      expect(applied.map(({ outcome }) => outcome)).toEqual(PLAN.map(() => 'changed'))
      await applyTopics(as('topics-apply'), PLAN)
      await checkTopics(as('topics-apply'), PLAN)
      const log = await open(as('topics-apply'))
      await expect(log.append([record('calls')])).rejects.toThrow(MAY_NOT)
      await expect(log.read({ topic: 'calls', partition: 0, fromOffset: 0 })).rejects.toThrow(MAY_NOT)
      // Where there is something: of an empty partition nobody is asked anything.
      const [landed] = await (await open(as('recorder'))).append([record('calls')])
      await expect(log.trim({ topic: 'calls', partition: landed?.partition ?? 0, ...everything })).rejects.toThrow(MAY_NOT)
    })

    test('a recorder checks the topics, reads calls in its group, writes and trims everywhere; it alters and makes no topics', async () => {
      await checkTopics(as('recorder'), PLAN)
      const log = await open(as('recorder'))
      await expectRoundTrip(as('recorder'))
      for (const { topic } of PLAN) {
        const [landed] = await log.append([record(topic)])
        const partition = landed?.partition ?? 0
        expect(await log.trim({ topic, partition, ...everything })).toBeGreaterThan(0)
      }
      await expect(log.read({ topic: 'call-commands', partition: 0, fromOffset: 0 })).rejects.toThrow(MAY_NOT)
      await expect(applyTopics(as('recorder'), changed)).rejects.toThrow(MAY_NOT)
      await expect(
        applyTopics(
          as('recorder'),
          PLAN.map((each) => ({ ...each, topic: `more-${each.topic}` })),
        ),
      ).rejects.toThrow(MAY_NOT)
    })

    test('a platform writes calls, reads commands and what became of recordings in its group; it trims, commands and records nothing', async () => {
      const recorder = await open(as('recorder'))
      const log = await open(as('platform'))
      await log.append([record('calls')])
      for (const topic of ['call-commands', 'recordings', 'dead-letters']) {
        const { consumer, keys } = await follow(log, topic, 'platform')
        const sent = record(topic)
        await recorder.append([sent])
        await expectKey(keys, sent)
        await consumer.stop()
        await expect(log.append([record(topic)])).rejects.toThrow(MAY_NOT)
      }
      const [landed] = await log.append([record('calls')])
      await expect(log.trim({ topic: 'calls', partition: landed?.partition ?? 0, ...everything })).rejects.toThrow(MAY_NOT)
      await expect(log.read({ topic: 'calls', partition: 0, fromOffset: 0 })).rejects.toThrow(MAY_NOT)
      const { consumer } = await follow(log, 'call-commands', 'recorder')
      await expect(consumer.done).rejects.toThrow(MAY_NOT)
    })

    test('who has no rights learns nothing', async () => {
      const log = await open(as('stranger'))
      await expect(log.ranges('calls')).rejects.toThrow(MAY_NOT)
      await expect(log.append([record('calls')])).rejects.toThrow(MAY_NOT)
      await expect(checkTopics(as('stranger'), PLAN)).rejects.toThrow(MAY_NOT)
    })
  })
})
