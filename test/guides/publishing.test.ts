import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { addUser } from '@twinreel/catalog/accounts/users'
import { decodeMedia } from '@twinreel/contracts/media'
import { decodeCallEvent, encodeMediaEvent, type WireMessage } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { partitionOfKey } from '@twinreel/event-log/key-partition'
import { parseWav } from '@twinreel/media/wav'
import { silentLogger } from '@twinreel/service/log'
import { openEngines, type Engines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'

const root = join(import.meta.dirname, '../..')
const guide = readFileSync(join(root, 'docs/publishing.md'), 'utf8')
const utf8 = new TextEncoder()

const CALL = 'try-1'
const TIME_ZERO_MS = Date.UTC(2026, 2, 2, 9)
const BECAUSE = { actor: 'test', reason: 'test' }

/** The annotated dumps of the guide, as bytes; each line must stand at the address it names. */
function dumps(): Uint8Array[] {
  const blocks = guide.split('\n```').filter((block) => block.startsWith('\n00  01 '))
  return blocks.map((block) => {
    const bytes: number[] = []
    for (const line of block.trim().split('\n')) {
      const [, address = '', hex = ''] = /^([0-9a-f]{2}) {2}((?:[0-9a-f]{2} )+)/.exec(line) ?? []
      expect(Number.parseInt(address, 16), line).toBe(bytes.length)
      bytes.push(
        ...hex
          .trim()
          .split(' ')
          .map((byte) => Number.parseInt(byte, 16)),
      )
    }
    return Uint8Array.from(bytes)
  })
}

test('the annotated bytes of the guide are the golden message, and a run that only moves a clock', () => {
  const golden = JSON.parse(readFileSync(join(root, 'packages/contracts/golden/media.v1.json'), 'utf8')) as { kafka: { valueBase64: string } }
  const [media = new Uint8Array(), clock = new Uint8Array(), ...others] = dumps()
  expect(others).toEqual([])
  expect(Buffer.from(media).toString('base64')).toBe(golden.kafka.valueBase64)
  expect(decodeMedia(clock)).toEqual([{ streamId: 's-caller', offset: 16_000, sampleCount: 0, bytes: new Uint8Array() }])
})

test('the partitions by which a client is tried are right', () => {
  const [, ...tried] = /of 12 partitions the key `(.+?)` lands in (\d+), `(.+?)` in (\d+), `(.+?)` in (\d+)/.exec(guide) ?? []
  const named = [0, 2, 4].map((i) => [tried[i], Number(tried[i + 1])])
  expect(named.map(([key]) => [key, partitionOfKey(String(key), 12)])).toEqual(named)
})

/** The audio of a stream differs from sample to sample, and from that of the other. */
function said(streamId: string, from: number, to: number): Uint8Array {
  return Uint8Array.from({ length: to - from }, (_, i) => ((from + i) * (streamId === 'far' ? 7 : 3)) % 251)
}

function mediaOf(line: string, number: number): WireMessage {
  const runs = line.split(', ').map((run) => {
    const [, streamId = '', from, to] = /^(\w+) (\d+)(?:…(\d+)| no samples)$/.exec(run) ?? []
    const offset = Number(from)
    const bytes = to === undefined ? new Uint8Array() : said(streamId, offset, Number(to) + 1)
    return { streamId, offset, sampleCount: bytes.length, bytes }
  })
  return encodeMediaEvent(CALL, runs, { id: `${CALL}-${number}`, source: '/platforms/acme/softswitch-1' })
}

/** As the guide says that messages are made: nothing of ours helps. */
function eventOf(type: string, json: string, number: number): WireMessage {
  const headers = {
    ce_specversion: '1.0',
    ce_source: '/platforms/acme/softswitch-1',
    ce_id: `${CALL}-${number}`,
    ce_type: `io.twinreel.${type}.v1`,
    ce_time: new Date(TIME_ZERO_MS).toISOString(),
    'content-type': 'application/json',
  }
  return { key: CALL, headers, value: utf8.encode(json) }
}

/** What stands on a topic, from its beginning. */
async function messagesOn({ eventLog }: Engines, topic: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
  const [range] = await eventLog.ranges(topic)
  const { records } = await eventLog.read({ topic, partition: 0, fromOffset: range?.firstOffset ?? 0 })
  return records.map(({ headers, value }) => ({
    type: headers['ce_type'] ?? '',
    data: JSON.parse(Buffer.from(value ?? []).toString()) as Record<string, unknown>,
  }))
}

async function commandNumber(engines: Engines, number: number): Promise<{ type: string; data: Record<string, unknown> }> {
  const count = async (): Promise<number> => (await messagesOn(engines, TOPICS.callCommands)).length
  await expect.poll(count, { timeout: 10_000, interval: 20 }).toBeGreaterThan(number)
  return (await messagesOn(engines, TOPICS.callCommands))[number] ?? { type: 'none', data: {} }
}

async function enginesForAda(): Promise<Engines> {
  const engines = await openEngines({ dataDir: temporaryDirectory() })
  await enableOrganization(engines.catalog, { ...BECAUSE, orgId: 'acme', name: 'Acme', partnerId: 'carrier-1', rules: {} })
  await addUser(engines.catalog, { ...BECAUSE, userId: 'ada', orgId: 'acme', licence: 'professional' })
  await switchRecordingOn(engines.catalog, { ...BECAUSE, userId: 'ada', settings: { mode: 'always-pause-resume' } })
  return engines
}

test('the whole call of the guide is taken, answered and recorded as it says', async () => {
  const engines = await enginesForAda()
  const recorder = await recordWith(engines, silentLogger)
  onTestFinished(() => engines.close())
  onTestFinished(() => recorder.stop())
  let [published, received, promptId] = [0, 0, '']
  for (const [, direction, type = '', rest = ''] of guide.matchAll(/^([→←]) ([\w.]+) (.+)$/gm)) {
    if (direction === '→') {
      published += 1
      const message = type === 'media' ? mediaOf(rest, published) : eventOf(type, rest.replace('"P"', JSON.stringify(promptId)), published)
      expect(decodeCallEvent(message)).toMatchObject({ ok: true })
      await engines.eventLog.append([{ topic: TOPICS.calls, ...message }])
    } else {
      const command = await commandNumber(engines, received++)
      promptId = typeof command.data['promptId'] === 'string' ? command.data['promptId'] : promptId
      expect(command).toEqual({ type: `io.twinreel.${type}.v1`, data: JSON.parse(rest.replace('"P"', JSON.stringify(promptId))) as unknown })
    }
  }
  expect([published, received]).toEqual([10, 2])

  await expect.poll(() => engines.catalog.db.selectFrom('ledger').select('outcome').execute(), { timeout: 10_000 }).toEqual([{ outcome: 'recorded' }])
  const [from = 0, to = 0] = (/The recording: samples ([\d,]+) to ([\d,]+) of both/.exec(guide) ?? []).slice(1).map((text) => Number(text.replaceAll(',', '')))
  const { objects } = await engines.store.list({ prefix: 'recordings/' })
  const segments = objects.filter(({ key }) => key.endsWith('.wav'))
  const { data } = parseWav((await engines.store.get(segments[0]?.key ?? '')) ?? new Uint8Array())
  const channel = (side: number): Uint8Array => data.filter((_, i) => i % 2 === side)
  expect(segments).toHaveLength(1)
  expect(Buffer.compare(channel(0), said('near', from, to + 1))).toBe(0)
  expect(Buffer.compare(channel(1), said('far', from, to + 1))).toBe(0)
  const lifecycle = async (): Promise<string[]> => (await messagesOn(engines, TOPICS.recordings)).map((message) => message.type)
  const [, told = ''] = /On `recordings` stand\s+([\s\S]+?)\.\n/.exec(guide) ?? []
  await expect.poll(lifecycle, { timeout: 10_000 }).toEqual([...told.matchAll(/`(.+?)`/g)].map(([, name]) => `io.twinreel.${name}.v1`))
  expect(await messagesOn(engines, TOPICS.deadLetters)).toEqual([])
})
