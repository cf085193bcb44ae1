import { InvalidArgumentError, type Command } from 'commander'
import { usageError } from '../command-error.ts'
import { wholeNumber } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import type { ConformRequest } from '../run-conform.ts'

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 }

export function addConform(program: Command): void {
  addCommand(
    program,
    'conform',
    'Whether what a platform publishes is as docs/publishing.md asks: schema, order, clocks, offsets, size, answers. Names each kind of fault, what it leads to and how to mend it. Reads only. Exits 1 when there are errors; warnings alone exit 0.',
    'twinreel conform --from-topic --last 10m --until-ended',
  )
    .option('--from-topic', 'read the topics calls and call-commands, to their present end')
    .option('--file <file>', 'read a file: lines of CloudEvents, of `kcat -J`, or of `twinreel log capture`')
    .option('--last <time>', 'of the topics only what was appended so lately, such as 90s, 10m or 2h', duration)
    .option('--calls <n>', 'wait until so many calls have ended', wholeNumber(1))
    .option('--until-ended', 'wait until every call that was seen has ended')
    .action(
      action(async ({ place, output }, { fromTopic, ...request }: ConformRequest & { fromTopic?: true }) => {
        if ((fromTopic === true) === (request.file !== undefined)) throw usageError('conform reads topics or a file', 'say either --from-topic or --file FILE')
        if (request.file !== undefined && (request.last ?? request.calls ?? request.untilEnded) !== undefined)
          throw usageError('--last, --calls and --until-ended are for --from-topic', 'a file is read whole')
        const { runConform } = await import('../run-conform.ts')
        return runConform(place, output, request)
      }),
    )
}

function duration(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? []
  if (count === undefined || unit === undefined) throw new InvalidArgumentError('It must be a time such as 90s, 10m or 2h.')
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
}
