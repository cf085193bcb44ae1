import { InvalidArgumentError, type Command } from 'commander'
import type { Dimension } from '@twinreel/catalog/retention-report'
import { usageError } from '../command-error.ts'
import { size } from '../format.ts'
import { dateOrTime, wholeNumber } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import { checkKnown } from '../known-subject.ts'
import { withCatalog } from '../with-engines.ts'

interface Options {
  by?: readonly Dimension[]
  org?: string
  at?: number
  csv?: boolean
  forecast?: number
  prices?: string
  intakeDays?: number
}

export function addRetentionReport(retention: Command): void {
  addCommand(
    retention,
    'report',
    'What is stored, by organization, tier, age and size; or, with --forecast, what will be stored, freed and paid for.',
    'twinreel retention report --forecast 90d --prices examples/prices.json',
  )
    .option('--by <sides>', 'by these together: org, tier, age, size, with commas between (default: by each for itself)', dimensions)
    .option('--org <id>', 'of this organization alone')
    .option('--at <date>', 'ages and days are counted from then (default: now)', dateOrTime)
    .option('--csv', 'as comma-separated values')
    .option('--forecast <days>', 'for so many days, such as 90d', days)
    .option('--prices <file>', 'what the store asks for: JSON, as docs/retention/reports.md says', String)
    .option('--intake-days <n>', 'assume that each day brings the average of so many days before (default: nothing new)', wholeNumber(1))
    .action(
      action(async ({ place, output }, options: Options) => {
        const { by = [], org, at, csv = false, forecast } = options
        if (csv && output.isJson) throw usageError('--csv and --json are two forms of the same', 'give one of them')
        if (forecast === undefined && (options.prices ?? options.intakeDays) !== undefined)
          throw usageError('--prices and --intake-days are for a forecast', 'add --forecast 90d')
        if (forecast !== undefined && by.length > 0) throw usageError('a forecast is not split', 'leave --by away; --org forecasts one organization')
        const of = org === undefined ? {} : { orgId: org }
        const { readPrices } = await import('../report/prices.ts')
        const prices = options.prices === undefined ? null : readPrices(options.prices)
        return withCatalog(place, async (catalog) => {
          await checkKnown(catalog, place, { org })
          const atMs = at ?? (await catalog.nowMs())
          if (forecast !== undefined) {
            const { forecastCsv, forecastDocument, forecastReport, forecastText } = await import('../report/forecast-report.ts')
            const report = await forecastReport(catalog, { fromMs: atMs, days: forecast, prices, intakeDays: options.intakeDays ?? null, ...of })
            if (csv) await output.bytes(new TextEncoder().encode(forecastCsv(report)))
            else await output.document(forecastDocument(report), forecastText(report))
            return 0
          }
          const { groupColumns, largestOf, storedCsv, storedDocument, storedReport } = await import('../report/stored-report.ts')
          const report = await storedReport(catalog, { atMs, by, ...of })
          const { recordings, objects, sizeBytes } = report.total
          if (csv) await output.bytes(new TextEncoder().encode(storedCsv(report)))
          else await output.document(storedDocument(report), `stored: ${size(sizeBytes)}, recordings: ${recordings}, objects: ${objects}`)
          if (csv || output.isJson) return 0
          for (const group of report.groups) {
            const rows = largestOf(group)
            await output.list(rows, { columns: groupColumns(group.by, rows), json: (row) => row, empty: `nothing by ${group.by.join(' and ')}` })
          }
          return 0
        })
      }),
    )
}

const MOST_DAYS = 3_660

function days(text: string): number {
  const value = Number(/^(\d+)d$/.exec(text)?.[1] ?? Number.NaN)
  if (!(value >= 1 && value <= MOST_DAYS)) throw new InvalidArgumentError(`It must be 1d to ${MOST_DAYS}d.`)
  return value
}

const SIDES: readonly Dimension[] = ['org', 'tier', 'age', 'size']

function dimensions(text: string): readonly Dimension[] {
  const named = text.split(',').map((side) => side.trim())
  const unknown = named.find((side) => !SIDES.some((known) => known === side))
  if (unknown !== undefined) throw new InvalidArgumentError(`${JSON.stringify(unknown)} is none of ${SIDES.join(', ')}.`)
  return SIDES.filter((side) => named.includes(side))
}
