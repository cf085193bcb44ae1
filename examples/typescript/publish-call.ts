/** A call of ten seconds with a pause in it, in real time:  node publish-call.ts BROKERS ORG USER [TOPIC_PREFIX] */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { parseWav } from '@twinreel/media/wav'
import { readKafkaCommands } from '@twinreel/publisher/kafka-commands'
import { createPublisher } from '@twinreel/publisher/publisher'
import { kafkaTransport } from '@twinreel/publisher/transport'
import { Kafka, logLevel } from 'kafkajs'

const [brokers = 'localhost:9092', orgId = 'acme', userId = 'ada', topicPrefix = ''] = process.argv.slice(2)
const kafka = new Kafka({ clientId: 'example', brokers: brokers.split(','), logLevel: logLevel.ERROR })
const producer = kafka.producer({ allowAutoTopicCreation: false })
await producer.connect()
const onError = (error: unknown): void => void process.stderr.write(`publishing has ended: ${String(error)}\n`)
const publisher = createPublisher({
  transport: kafkaTransport(producer, { topicPrefix }),
  source: '/examples/typescript',
  clock: { now: () => Math.round(performance.timeOrigin + performance.now()), wait: (ms) => wait(ms) },
  onError,
})
// Before the first call: what is asked of it must not be missed.
const commands = await readKafkaCommands(kafka, { groupId: `example-${randomUUID()}`, topicPrefix, take: publisher.obey, onError })

// Two files of µ-law at 8 kHz, as the telephone has it.
const speech = Object.entries({ caller: 'reader.wav', desk: 'cards.wav' }).map(([streamId, file]) => {
  const { data: samples } = parseWav(readFileSync(new URL(`../../packages/media/speech/${file}`, import.meta.url)))
  return { streamId, samples }
})
const caller = { participantId: 'caller', role: 'originating' as const }
const desk = { participantId: 'desk', role: 'terminating' as const, userId }
const streams = speech.map(({ streamId }) => ({ streamId, participantIds: [streamId], codec: 'PCMU' as const, sampleRateHz: 8_000 }))

let isReleased = false
const call = publisher.startCall(
  { orgId, callId: `ts-${randomUUID()}`, direction: 'inbound', callType: 'pstn', participants: [caller, desk] },
  { play: () => wait(1_500), release: () => (isReleased = true) },
)
call.answered({ by: { kind: 'participant', participantId: 'desk' }, streams })
const presses = [
  { atMs: 4_000, type: 'control.pause' as const },
  { atMs: 6_000, type: 'control.resume' as const },
]
for (let sent = 0; sent < 80_000 && !isReleased;) {
  await wait(20)
  const now = Math.min(call.atMs() * 8, 80_000)
  for (const { streamId, samples } of speech) call.audio(streamId, samples.subarray(sent, now), sent)
  sent = now
  if (call.atMs() >= (presses[0]?.atMs ?? Infinity)) call.happened(presses.shift()?.type ?? 'control.pause', { userId, via: 'softkey' })
  publisher.tick()
}
call.ended('hung-up')
await publisher.flushed()
process.stdout.write(`${call.callId}\n`)
await Promise.all([commands.stop(), producer.disconnect()])
