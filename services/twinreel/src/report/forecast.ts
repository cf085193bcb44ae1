import type { Amount, Expiry } from '@twinreel/catalog/retention-report'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import type { Prices } from './prices.ts'

const DAY_MS = 86_400_000
const GO_RETENTION_DAYS = GO_RETENTION_MS / DAY_MS
const GIB = 1_073_741_824
const DAYS_A_MONTH = 730 / 24
const KEYS_PER_DELETE = 1_000
/** At most: the store is asked what is left of a recording when it is purged, and three times more within a day. */
const LISTS_PER_PURGE = 4

export interface ForecastDay {
  /** 0 is the first. */
  day: number
  beginsMs: number
  /** Stored when the day begins. */
  stored: Amount
  /** Deleted within it. */
  freed: Amount
  /** Put within it; nothing where none is assumed. */
  added: Amount
  requests: { put: number; list: number; delete: number }
  /** `null` without prices. */
  cost: { storage: number; requests: number } | null
}

export interface ForecastInput {
  fromMs: number
  days: number
  stored: Amount
  expiries: readonly Expiry[]
  /** Assumed of each day; `null`: nothing comes in. */
  intake: { go: Amount; others: Amount } | null
  prices: Prices | null
}

/**
 * What is stored, freed and paid for in each of the next days of 24 hours, if nobody changes a tier, places or releases a hold or asks for a deletion. What is
 * assumed to come in on Go goes 30 days later. A day's storage is paid for what there is when it begins.
 */
export function forecast({ fromMs, days, stored, expiries, intake, prices }: ForecastInput): ForecastDay[] {
  const known = new Map(expiries.map(({ day, ...amount }) => [day, amount]))
  const added = intake === null ? NOTHING : plus(intake.go, intake.others)
  const told: ForecastDay[] = []
  let left = stored
  for (let day = 0; day < days; day++) {
    const freed = plus(known.get(day) ?? NOTHING, intake !== null && day >= GO_RETENTION_DAYS ? intake.go : NOTHING)
    const requests = { put: added.objects, list: LISTS_PER_PURGE * freed.recordings, delete: Math.ceil(freed.objects / KEYS_PER_DELETE) }
    told.push({ day, beginsMs: fromMs + day * DAY_MS, stored: left, freed, added, requests, cost: prices === null ? null : costOf(prices, left, requests) })
    left = minus(plus(left, added), freed)
  }
  return told
}

/** A day's part of a sum over some days. */
export function perDay({ recordings, objects, sizeBytes }: Amount, days: number): Amount {
  return { recordings: recordings / days, objects: objects / days, sizeBytes: sizeBytes / days }
}

function costOf(prices: Prices, { sizeBytes }: Amount, requests: ForecastDay['requests']): { storage: number; requests: number } {
  const { put, list, delete: remove } = prices.requestsPer1000
  return {
    storage: (sizeBytes / GIB / DAYS_A_MONTH) * prices.storagePerGibMonth,
    requests: (requests.put * put + requests.list * list + requests.delete * remove) / 1_000,
  }
}

const NOTHING: Amount = { recordings: 0, objects: 0, sizeBytes: 0 }

function plus(a: Amount, b: Amount): Amount {
  return { recordings: a.recordings + b.recordings, objects: a.objects + b.objects, sizeBytes: a.sizeBytes + b.sizeBytes }
}

function minus(a: Amount, b: Amount): Amount {
  return { recordings: a.recordings - b.recordings, objects: a.objects - b.objects, sizeBytes: a.sizeBytes - b.sizeBytes }
}
