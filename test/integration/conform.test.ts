import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBinary, toStructured } from '@twinreel/contracts/cloudevents'
import { TOPICS } from '@twinreel/contracts/topics'
import { conformityOf, createConformity, type ConformityReport } from '@twinreel/conform/conform'
import type { ObservedMessage } from '@twinreel/conform/observed'
import { openTopics, readTopics } from '@twinreel/conform/read-topic'
import { silentLogger } from '@twinreel/service/log'
import { generatePlans } from '@twinreel/simulator/generate'
import { simulate } from '@twinreel/simulator/simulate'
import { openEngines, type Engines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { twinreel } from '@twinreel/twinreel/testing/run-command'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'

/** One call of each recipe, and what a recorder asked of them. */
async function simulated(seed: number, faults: { loss?: number; duplicate?: number } = {}): Promise<Engines & { ignoring: Set<string> }> {
  const engines = await openEngines({ dataDir: temporaryDirectory() })
  onTestFinished(() => engines.close())
  const recorder = await recordWith(engines, silentLogger)
  const { plans, people } = generatePlans({ seed, calls: 24, users: 8, callSeconds: 45 })
  try {
    await simulate({ log: engines.eventLog, catalog: engines.catalog, plans, people, speed: 'max', seed, faults })
  } finally {
    await recorder.stop()
  }
  return { ...engines, ignoring: new Set(plans.filter(({ announcements }) => announcements === 'ignore').map(({ callId }) => callId)) }
}

async function onTopics({ eventLog }: Engines): Promise<ConformityReport> {
  const reading = await openTopics(eventLog, null)
  const conformity = createConformity({ partitions: reading.partitions })
  await readTopics(eventLog, reading, { conformity, of: { isWhole: true, fromBeginning: reading.fromBeginning }, goesOn: () => false, wait: async () => {} })
  return conformity.report()
}

/** What was found, but for calls whose platform really left announcements unanswered. */
function alarms({ findings }: ConformityReport, ignoring: ReadonlySet<string>): unknown[] {
  return findings.flatMap(({ code, examples }) =>
    examples.filter(({ callId }) => code !== 'prompt-unanswered' || !ignoring.has(callId ?? '')).map((example) => ({ code, ...example })),
  )
}

test('calls of every kind conform, also with lost packets and with messages that come twice', async () => {
  for (const [seed, faults] of [
    [31, {}],
    [32, { loss: 0.05, duplicate: 0.2 }],
  ] as const) {
    const engines = await simulated(seed, faults)
    const report = await onTopics(engines)
    expect(alarms(report, engines.ignoring)).toEqual([])
    expect(report).toMatchObject({ calls: 24 })
    expect(report.repeats > 0).toBe('duplicate' in faults)
  }
}, 120_000)

test('the command tells from a topic and from a file what is wrong, how to mend it, and no telephone number', async () => {
  const engines = await simulated(33)
  const topic = await twinreel('conform', '--from-topic', '--data', engines.dataDir, '--json')
  const told = JSON.parse(topic.stdout) as ConformityReport
  expect(alarms(told, engines.ignoring)).toEqual([])
  expect(topic.exitCode).toBe(told.conforms ? 0 : 1)

  const [range] = await engines.eventLog.ranges(TOPICS.calls)
  const { records } = await engines.eventLog.read({
    topic: TOPICS.calls,
    partition: 0,
    fromOffset: range?.firstOffset ?? 0,
    maxRecords: 10_000,
    maxBytes: 64 * 1_048_576,
  })
  const lines = records.map(({ headers, value }) => JSON.stringify(toStructured(fromBinary(headers, value ?? new Uint8Array()))))
  const file = join(temporaryDirectory(), 'calls.ndjson')
  writeFileSync(file, lines.join('\n'))
  expect((await twinreel('conform', '--file', file)).stdout).toMatch(/^[\d,]+ messages of 24 calls, 0 repeats: nothing to mend\n$/)
  writeFileSync(file, lines.filter((line) => !line.includes('"io.twinreel.call.ended.v1"')).join('\n'))
  const bad = await twinreel('conform', '--file', file)
  expect(bad.exitCode).toBe(1)
  expect(bad.stdout).toContain('error: missing-end, 24 times in 24 calls')
  expect(bad.stdout).toContain('fix:      publish call.ended when the call is over')
  expect(bad.stdout).not.toMatch(/202555/)
  writeFileSync(file, '{"hello": 1}\n')
  expect(await twinreel('conform', '--file', file)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('line 1: no message') as string })
}, 120_000)

test('what `kcat -J` writes is read byte by byte', async () => {
  const engines = await simulated(34)
  const messages: ObservedMessage[] = []
  const reading = await openTopics(engines.eventLog, null)
  const conformity = {
    ...createConformity({ partitions: null }),
    take: (message: ObservedMessage) => void messages.push(message),
  }
  await readTopics(engines.eventLog, reading, { conformity, of: { isWhole: true, fromBeginning: true }, goesOn: () => false, wait: async () => {} })
  const file = join(temporaryDirectory(), 'kcat.json')
  const raw = (bytes: Uint8Array | null): string => JSON.stringify(Buffer.from(bytes ?? []).toString('latin1'))
  const lines = messages.map(({ topic, key, headers, value, appendedAtMs }, offset) => {
    const flat = JSON.stringify(Object.entries(headers).flat())
    return `{"topic":"prefix-${topic}","partition":0,"offset":${offset},"tstype":"logappend","ts":${appendedAtMs},"broker":1,"headers":${flat},"key":${JSON.stringify(key)},"payload":${raw(value)}}`
  })
  writeFileSync(file, lines.join('\n'), 'latin1')
  const read = await twinreel('conform', '--file', file, '--json')
  expect(JSON.parse(read.stdout)).toMatchObject({ messages: messages.filter(({ topic }) => topic === 'calls').length, calls: 24 })
  expect(alarms(JSON.parse(read.stdout) as ConformityReport, engines.ignoring)).toEqual([])
  expect(conformityOf(messages).calls).toBe(24)
}, 120_000)
