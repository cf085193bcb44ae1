import { createRequire } from 'node:module'
import type { Broker, ProducedPartition } from './protocol.ts'

type Request = Parameters<Broker['produce']>[0]
type Response = Awaited<ReturnType<Broker['produce']>>

interface Decoder {
  parse(response: Response): Promise<Response>
}

/** Versions of the request that carry a producer's id. */
const VERSIONS = [3, 4, 5, 6, 7]
const require = createRequire(import.meta.url)
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as { createErrorFromCode(code: number): Error }
/** What was answered in all, by the error that kafkajs made of a part of it. */
const answers = new WeakMap<Error, Response>()

// kafkajs throws the first refusal and hides what became of the request's other partitions.
for (const version of VERSIONS) {
  const decoder = require(`kafkajs/src/protocol/requests/produce/v${version}/response`) as Decoder
  const { parse } = decoder
  decoder.parse = async (response) => {
    try {
      return await parse(response)
    } catch (error) {
      if (error instanceof Error) answers.set(error, response)
      throw error
    }
  }
}

export interface Written {
  baseOffset: number
  appendedAtMs: number
}

export type Answer = Written | { error: unknown }

/** Sends the request and answers by `topic/partition`, refusals too. Throws when there was no answer to the whole. */
export async function produceAt(broker: Broker, request: Request): Promise<ReadonlyMap<string, Answer>> {
  const response = await broker.produce(request).catch((error: unknown) => {
    const partly = error instanceof Error ? answers.get(error) : undefined
    if (partly === undefined) throw error
    return partly
  })
  return new Map(response.topics.flatMap(({ topicName, partitions }) => partitions.map((each) => [`${topicName}/${each.partition}`, answerOf(each)] as const)))
}

function answerOf({ errorCode = 0, baseOffset, logAppendTime }: ProducedPartition): Answer {
  if (errorCode !== 0) return { error: createErrorFromCode(errorCode) }
  return { baseOffset: Number(baseOffset), appendedAtMs: Number(logAppendTime) }
}
