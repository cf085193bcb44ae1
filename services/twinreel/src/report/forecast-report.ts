import type { Catalog } from '@twinreel/catalog/open'
import { expiriesByDay, intakeOf, storedBy, type Amount } from '@twinreel/catalog/retention-report'
import { isoTime, size } from '../format.ts'
import { bars } from './bars.ts'
import { csvOf } from './csv.ts'
import { forecast, perDay, type ForecastDay } from './forecast.ts'
import type { Prices } from './prices.ts'

export interface ForecastReport {
  fromMs: number
  currency: string | null
  /** In whole sentences: what the figures stand on. */
  assumptions: readonly string[]
  days: readonly ForecastDay[]
}

interface Asked {
  fromMs: number
  days: number
  orgId?: string
  prices: Prices | null
  /** The average of so many days before is assumed to come in; `null`: nothing. */
  intakeDays: number | null
}

const DAY_MS = 86_400_000
const BAR_WIDTH = 40
const MOST_BARS = 30

export async function forecastReport(catalog: Catalog, { fromMs, days, orgId, prices, intakeDays }: Asked): Promise<ForecastReport> {
  const of = orgId === undefined ? {} : { orgId }
  const [stored = { recordings: 0, objects: 0, sizeBytes: 0 }] = await storedBy(catalog, { dimensions: [], atMs: fromMs, ...of })
  const expiries = await expiriesByDay(catalog, { atMs: fromMs, days, ...of })
  const before = intakeDays === null ? null : await intakeOf(catalog, { fromMs: fromMs - intakeDays * DAY_MS, toMs: fromMs, ...of })
  const intake = before === null || intakeDays === null ? null : { go: perDay(before.go, intakeDays), others: perDay(before.others, intakeDays) }
  return {
    fromMs,
    currency: prices?.currency ?? null,
    assumptions: [
      'no tier changes, no legal hold is placed or released, nobody asks for a deletion or takes one back, and retention runs',
      intake === null ? 'nothing new is recorded (--intake-days 30 assumes the average of the last 30 days)' : intakeSentence(intake, intakeDays ?? 0),
      ...(prices === null
        ? []
        : [
            'a day’s storage is what is stored when it begins, a month has 730 hours; at most 4 listings for each deleted recording, a delete request for each 1,000 objects',
          ]),
    ],
    days: forecast({ fromMs, days, stored, expiries, intake, prices }),
  }
}

function intakeSentence({ go, others }: { go: Amount; others: Amount }, days: number): string {
  const told = (amount: Amount): string => `${amount.recordings.toFixed(1)} recordings and ${size(Math.round(amount.sizeBytes))}`
  return `each day brings the average of the last ${days} days: ${told(go)} on Go, which go 30 days later, and ${told(others)} that stay`
}

export function forecastDocument({ fromMs, currency, assumptions, days }: ForecastReport): Record<string, unknown> {
  return {
    from: isoTime(fromMs),
    currency,
    assumptions,
    total: totalOf(days),
    days: days.map(({ day, beginsMs, ...rest }) => ({ day, begins: isoTime(beginsMs), ...rest })),
  }
}

export function forecastCsv({ days }: ForecastReport): string {
  const names = [
    'day',
    'begins',
    'recordings',
    'objects',
    'size_bytes',
    'freed_recordings',
    'freed_objects',
    'freed_bytes',
    'added_recordings',
    'added_objects',
  ]
  const more = ['added_bytes', 'put_requests', 'list_requests', 'delete_requests', 'storage_cost', 'request_cost']
  return csvOf(
    [...names, ...more],
    days.map(({ day, beginsMs, stored, freed, added, requests, cost }) => [
      day,
      isoTime(beginsMs),
      ...[stored, freed, added].flatMap(({ recordings, objects, sizeBytes }) => [recordings, objects, sizeBytes]),
      requests.put,
      requests.list,
      requests.delete,
      cost?.storage ?? null,
      cost?.requests ?? null,
    ]),
  )
}

/** For people: what it stands on, the sum, and a chart of what is stored. */
export function forecastText(report: ForecastReport): string {
  const { fromMs, currency, assumptions, days } = report
  const total = totalOf(days)
  const step = Math.ceil(days.length / MOST_BARS)
  const shown = days.filter(({ day }) => day % step === 0)
  const costs = total.cost === null ? '' : `, ${money(total.cost.storage)} ${currency ?? ''} for storage and ${money(total.cost.requests)} for requests`
  const chart = bars(
    shown.map(({ beginsMs, stored, cost }) => ({
      label: isoTime(beginsMs).slice(0, 10),
      value: stored.sizeBytes,
      text: `${size(Math.round(stored.sizeBytes))}${cost === null ? '' : `, ${money(cost.storage + cost.requests)} ${currency ?? ''} a day`}`,
    })),
    BAR_WIDTH,
  )
  return [
    `${days.length} days from ${isoTime(fromMs)}. Assumed:`,
    ...assumptions.map((assumption) => `- ${assumption}`),
    '',
    `${size(Math.round(total.freed.sizeBytes))} in ${Math.round(total.freed.recordings)} recordings go, ${size(Math.round(total.added.sizeBytes))} come in${costs}.`,
    '',
    step === 1 ? 'stored when a day begins' : `stored when a day begins, every ${step} days (--csv and --json have each)`,
    ...chart,
  ].join('\n')
}

function totalOf(days: readonly ForecastDay[]): { freed: Amount; added: Amount; cost: { storage: number; requests: number } | null } {
  const sum = (of: (day: ForecastDay) => number): number => days.reduce((all, day) => all + of(day), 0)
  const amount = (which: 'freed' | 'added'): Amount => ({
    recordings: sum((day) => day[which].recordings),
    objects: sum((day) => day[which].objects),
    sizeBytes: sum((day) => day[which].sizeBytes),
  })
  const hasPrices = days.every(({ cost }) => cost !== null)
  return {
    freed: amount('freed'),
    added: amount('added'),
    cost: hasPrices ? { storage: sum(({ cost }) => cost?.storage ?? 0), requests: sum(({ cost }) => cost?.requests ?? 0) } : null,
  }
}

function money(amount: number): string {
  return amount.toFixed(amount < 1 ? 4 : 2)
}
