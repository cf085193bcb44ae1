import { makeLogger } from '@twinreel/service/log'
import { openPlace, type Engines } from '@twinreel/twinreel/engines'
import type { Servers } from '@twinreel/twinreel/place'
import { recordWith } from '@twinreel/twinreel/record-with'
import { measure, until, type Measured } from '../measure.ts'
import { startProfiler } from '../profile/profiler.ts'
import type { Calls } from './publish.ts'

export interface Profiled {
  /** Where a profile of what is measured goes, if one is wanted. */
  profile?: string | null
}

/**
 * The recorder, from nothing opened and an empty catalog to every call closed and everything durable. Everything the process does counts: connecting, reading,
 * folding, sealing, hashing, putting, committing, announcing. Throws when a call is not recorded whole, because then nothing was measured.
 */
export async function recordAll(place: Servers, { calls, profile = null }: Calls & Profiled): Promise<Measured> {
  const stopProfiler = await startProfiler(profile)
  let engines: Engines | undefined
  const measured = await measure(async () => {
    const opened = (engines = await openPlace(place))
    const recorder = await recordWith(opened, makeLogger({ name: 'bench', level: 'error' }))
    await until('every call to be closed', async () => recorder.stats().lag === 0 && (await ledgerRows(opened)) === calls, 50)
    await recorder.stop()
  })
  await stopProfiler()
  if (engines === undefined) throw new Error('nothing was recorded')
  await checkRecorded(engines, calls)
  await engines.close()
  return measured
}

async function ledgerRows({ catalog }: Engines): Promise<number> {
  const { count } = await catalog.db
    .selectFrom('ledger')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

async function checkRecorded({ catalog }: Engines, calls: number): Promise<void> {
  const { count, lost } = await catalog.db
    .selectFrom('recordings')
    .where('status', '=', 'completed')
    .select(({ fn }) => [fn.countAll<number | string>().as('count'), fn.sum<number | string>('lost_ms').as('lost')])
    .executeTakeFirstOrThrow()
  if (Number(count) === calls && Number(lost) === 0) return
  const outcomes = await catalog.db
    .selectFrom('ledger')
    .select(({ fn }) => ['outcome', 'reason', fn.countAll<number | string>().as('count')])
    .groupBy(['outcome', 'reason'])
    .execute()
  const told = outcomes.map((one) => `${one.count} ${one.outcome}${one.reason === null ? '' : ` (${one.reason})`}`).join(', ')
  throw new Error(`${count} of ${calls} calls were recorded, with ${lost} ms lost (ledger: ${told}): the figure would mean nothing`)
}
