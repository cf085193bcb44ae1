import { setTimeout as sleep } from 'node:timers/promises'
import { createConformity, type ConformityReport } from '@twinreel/conform/conform'
import { conformityOfFile } from '@twinreel/conform/judge-file'
import { TrafficFileError } from '@twinreel/conform/read-file'
import { openTopics, readTopics } from '@twinreel/conform/read-topic'
import { systemClock } from '@twinreel/service/clock'
import { checkFailed, usageError } from './command-error.ts'
import { conformityText } from './conformity-text.ts'
import { EXIT } from './exit-codes.ts'
import type { Output } from './output.ts'
import type { Place } from './place.ts'
import { withLog } from './with-log.ts'

const WHICH_FILES = 'docs/conform.md#files says which files can be read and how they are made'

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
  const report = request.file === undefined ? await fromTopic(place, output, request) : await fromFile(request.file)
  await output.document(report, conformityText(report))
  return report.conforms ? EXIT.done : EXIT.checkFailed
}

async function fromTopic(place: Place, output: Output, { last, calls = 0, untilEnded = false }: ConformRequest): Promise<ConformityReport> {
  return withLog(place, async (log) => {
    const reading = await openTopics(log, last === undefined ? null : systemClock.now() - last)
    // Of one partition the embedded log has, every hash is right.
    const partitions = reading.partitions === 1 ? null : reading.partitions
    const conformity = createConformity({ partitions })
    const of = { isWhole: false, fromBeginning: reading.fromBeginning }
    const progress = output.progress()
    const goesOn = (): boolean => {
      const { ended, live } = conformity.counts(systemClock.now())
      const waits = ended < calls || (untilEnded && (live > 0 || ended === 0))
      if (waits) progress.update(`calls so far: ${ended} ended, ${live} live`)
      return waits
    }
    try {
      await readTopics(log, reading, { conformity, of, goesOn, wait: (ms) => sleep(ms) })
    } finally {
      progress.end()
    }
    const report = conformity.report()
    if (report.messages === 0) throw checkFailed('there is no message to judge', 'publish a call first, or look further back with --last')
    return report
  })
}

async function fromFile(path: string): Promise<ConformityReport> {
  const report = await conformityOfFile(path).catch((error: unknown) => {
    if (error instanceof TrafficFileError) throw usageError(error.message, WHICH_FILES)
    throw error
  })
  if (report.messages === 0) throw usageError(`${path} has no message of a call: there is nothing to judge`, WHICH_FILES)
  return report
}
