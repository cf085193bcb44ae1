import { createConformity, type ConformityReport } from '@twinreel/conform/conform'
import { openTopics, readTopics } from '@twinreel/conform/read-topic'
import { encodeCallEvent, encodeMediaEvent, type WireMessage } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { systemClock } from '@twinreel/service/clock'
import { openEngines, openPlace, type Engines } from '@twinreel/twinreel/engines'
import { createOutput } from '@twinreel/twinreel/output'
import type { Place } from '@twinreel/twinreel/place'
import { runConform, type ConformRequest } from '@twinreel/twinreel/run-conform'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { MISSING_SERVERS, ownServers } from '../support/recorders/own-servers.ts'

interface Platform {
  place: Place
  log: Engines['eventLog']
}

async function embedded(): Promise<Platform> {
  const dataDir = temporaryDirectory()
  const engines = await openEngines({ dataDir })
  onTestFinished(engines.close)
  return { place: { kind: 'embedded', dataDir }, log: engines.eventLog }
}

async function onServers(): Promise<Platform> {
  const servers = await ownServers(temporaryDirectory())
  onTestFinished(servers.remove)
  const engines = await openPlace(servers.place)
  onTestFinished(engines.close)
  return { place: servers.place, log: engines.eventLog }
}

/** A call of three seconds, until its last second and from there. */
function call(callId: string): { begun: WireMessage[]; rest: WireMessage[]; whole: WireMessage[] } {
  const timeZeroMs = systemClock.now()
  let number = 0
  const about = (atMs: number) => ({ id: `${callId}-${++number}`, source: '/test', timeMs: timeZeroMs + atMs })
  const names = [
    ['far', 'caller'],
    ['near', 'desk'],
  ] as const
  const streams = names.map(([streamId, of]) => ({ streamId, participantIds: [of], codec: 'PCMU' as const, sampleRateHz: 8_000 }))
  const second = (at: number): WireMessage => {
    const runs = names.map(([streamId]) => ({ streamId, offset: at * 8_000, sampleCount: 8_000, bytes: new Uint8Array(8_000).fill(0xff) }))
    return encodeMediaEvent(callId, runs, about((at + 1) * 1_000))
  }
  const participants = [
    { participantId: 'caller', role: 'originating' as const },
    { participantId: 'desk', role: 'terminating' as const, userId: 'ada' },
  ]
  const capabilities = { prompts: 'none' as const, gate: false, indicator: false }
  const begun = [
    encodeCallEvent(callId, 'call.started', { orgId: 'acme', callId, direction: 'inbound', callType: 'pstn', participants, capabilities }, about(0)),
    encodeCallEvent(callId, 'call.answered', { by: { kind: 'participant', participantId: 'desk' }, streams }, about(0)),
    second(0),
    second(1),
  ]
  const finalSamples = names.map(([streamId]) => ({ streamId, sampleOffset: 24_000 }))
  const rest = [second(2), encodeCallEvent(callId, 'call.ended', { atMs: 3_000, finalSamples }, about(3_000))]
  return { begun, rest, whole: [...begun, ...rest] }
}

/** Answers the append times of the first and the last. */
async function publish({ log }: Platform, messages: readonly WireMessage[]): Promise<{ fromMs: number; toMs: number }> {
  const appended = await log.append(messages.map((message) => ({ topic: TOPICS.calls, ...message })))
  const times = appended.map(({ appendedAtMs }) => appendedAtMs)
  return { fromMs: Math.min(...times), toMs: Math.max(...times) }
}

/** The log's clock has passed this moment. */
async function later(ms: number): Promise<void> {
  await expect.poll(() => systemClock.now(), { interval: 1 }).toBeGreaterThan(ms)
}

/** Runs the command; whenever it says for the first time that it waits with so many calls, `then` happens. */
async function conform(
  { place }: Platform,
  request: ConformRequest,
  then: Readonly<Record<string, () => Promise<unknown>>> = {},
): Promise<{ exitCode: number; report: ConformityReport; waited: string[] }> {
  const waited = new Set<string>()
  const happened: Promise<unknown>[] = []
  let report: ConformityReport | null = null
  const exitCode = await runConform(
    place,
    {
      ...createOutput({ json: true }),
      document: async (value) => void (report = value as ConformityReport),
      progress: () => ({
        update(text) {
          if (!waited.has(text)) happened.push(then[text]?.() ?? Promise.resolve())
          waited.add(text)
        },
        end() {},
      }),
    },
    request,
  )
  await Promise.all(happened)
  if (report === null) throw new Error('nothing was told')
  return { exitCode, report, waited: [...waited] }
}

const skipped = MISSING_SERVERS.length === 0 ? '' : ` (skipped: no ${MISSING_SERVERS.join(', ')})`

describe.each([
  { name: 'the embedded log', open: embedded, isSkipped: false },
  { name: `Kafka${skipped}`, open: onServers, isSkipped: skipped !== '' },
])('conform on $name', ({ open, isSkipped }) => {
  test.skipIf(isSkipped)('with --until-ended waits for each call that it saw', async () => {
    const platform = await open()
    const [over, live] = [call('over'), call('live')]
    await publish(platform, over.whole)
    await publish(platform, live.begun)
    const told = await conform(platform, { untilEnded: true }, { 'calls so far: 1 ended, 1 live': () => publish(platform, live.rest) })
    expect(told.report).toMatchObject({ messages: 12, calls: 2, findings: [] })
    expect(told).toMatchObject({ exitCode: 0, waited: ['calls so far: 1 ended, 1 live'] })
  })

  test.skipIf(isSkipped)('with --calls waits until so many have ended, and for no other', async () => {
    const platform = await open()
    const told = await conform(
      platform,
      { calls: 2 },
      {
        'calls so far: 0 ended, 0 live': () => publish(platform, call('live').begun),
        'calls so far: 0 ended, 1 live': () => publish(platform, call('first').whole),
        'calls so far: 1 ended, 1 live': () => publish(platform, call('second').whole),
      },
    )
    expect(told.waited).toEqual(['calls so far: 0 ended, 0 live', 'calls so far: 0 ended, 1 live', 'calls so far: 1 ended, 1 live'])
    expect(told.report).toMatchObject({ messages: 16, calls: 3, findings: [] })
  })

  test.skipIf(isSkipped)('with --last judges what was appended lately, calls that had begun before from where they are seen', async () => {
    const platform = await open()
    const goesOn = call('goes-on')
    await publish(platform, call('before').whole)
    await later((await publish(platform, goesOn.begun)).toMs)
    const { fromMs } = await publish(platform, goesOn.rest)
    const { toMs } = await publish(platform, call('since').whole)

    const reading = await openTopics(platform.log, fromMs)
    expect(reading).toMatchObject({ fromBeginning: false })
    const conformity = createConformity({ partitions: null })
    await readTopics(platform.log, reading, { conformity, of: { isWhole: false, fromBeginning: false }, goesOn: () => false, wait: async () => {} })
    expect(conformity.report()).toMatchObject({ messages: 8, calls: 2, findings: [] })

    expect((await conform(platform, { last: 3_600_000 })).report).toMatchObject({ messages: 18, calls: 3, findings: [] })
    await later(toMs)
    await expect(conform(platform, { last: 0 })).rejects.toThrow('there is no message to judge')
  })
})
