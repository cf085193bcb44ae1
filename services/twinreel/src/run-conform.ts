import { setTimeout as sleep } from 'node:timers/promises'
import { createConformity, type Conformity } from '@twinreel/conform/conform'
import { readTraffic, TrafficFileError } from '@twinreel/conform/read-file'
import { openTopics, readTopics } from '@twinreel/conform/read-topic'
import { systemClock } from '@twinreel/service/clock'
import { checkFailed, usageError } from './command-error.ts'
import { conformityText } from './conformity-text.ts'
import { EXIT } from './exit-codes.ts'
import type { Output } from './output.ts'
import type { Place } from './place.ts'
import { withLog } from './with-log.ts'

export interface ConformRequest {
  file?: string
  /** Milliseconds; from the topic's beginning without. */
  last?: number
  /** Waits until so many calls have ended. */
  calls?: number
  /** Waits until every call that was seen has ended. */
  untilEnded?: boolean
}

/** Judges a platform's traffic and tells what is wrong with it. Exit code 1 when there are errors. */
export async function runConform(place: Place, output: Output, request: ConformRequest): Promise<number> {
  const conformity = request.file === undefined ? await fromTopic(place, output, request) : await fromFile(request.file)
  const report = conformity.report()
  if (report.messages === 0) throw checkFailed('there is no message to judge', 'publish a call first, or look further back with --last')
  await output.document(report, conformityText(report))
  return report.conforms ? EXIT.done : EXIT.checkFailed
}

async function fromTopic(place: Place, output: Output, { last, calls = 0, untilEnded = false }: ConformRequest): Promise<Conformity> {
  return withLog(place, async (log) => {
    const reading = await openTopics(log, last === undefined ? null : systemClock.now() - last)
    // Of one partition the embedded log has, every hash is right.
    const partitions = reading.partitions === 1 ? null : reading.partitions
    const conformity = createConformity({ partitions, isWhole: false, fromBeginning: reading.fromBeginning })
    const progress = output.progress()
    const goesOn = (): boolean => {
      const { ended, live } = conformity.counts
      const waits = ended < calls || (untilEnded && (live > 0 || ended === 0))
      if (waits) progress.update(`calls so far: ${ended} ended, ${live} live`)
      return waits
    }
    try {
      await readTopics(log, reading, { conformity, goesOn, wait: (ms) => sleep(ms) })
    } finally {
      progress.end()
    }
    return conformity
  })
}

async function fromFile(path: string): Promise<Conformity> {
  let conformity: Conformity | null = null
  try {
    for await (const { message, isWhole, fromBeginning } of readTraffic(path)) {
      conformity ??= createConformity({ partitions: null, isWhole, fromBeginning })
      conformity.take(message)
    }
  } catch (error) {
    if (error instanceof TrafficFileError) throw usageError(error.message, 'docs/conform.md says which files can be read')
    throw usageError(`${path} can’t be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  return conformity ?? createConformity({ partitions: null, isWhole: true, fromBeginning: true })
}
