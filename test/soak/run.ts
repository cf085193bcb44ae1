import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '@twinreel/service/clock'
import { enterPeople } from '@twinreel/simulator/people'
import { drawsOf, keyOf } from '@twinreel/simulator/random'
import { openPlace } from '@twinreel/twinreel/engines'
import { onTestFinished } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { openObjectVersions } from '../support/recorders/object-versions.ts'
import { ownServers } from '../support/recorders/own-servers.ts'
import { fencingFaults, reignsOf, startWriteAudit } from '../support/recorders/write-audit.ts'
import { announcedFaults } from './announced.ts'
import { endlessCalls, PEOPLE } from './calls.ts'
import type { Figures } from './figures.ts'
import { startFleet } from './fleet.ts'
import { startJudge } from './judge.ts'
import { startLivePlatform } from './live-platform.ts'
import { openMoments } from './moments.ts'
import { strikesOf, type Size } from './size.ts'
import { stalePuts } from './stale-writes.ts'
import { strike, type Struck } from './strikes.ts'
import { createUsage } from './usage.ts'

const RECORDERS = 3
/** So many calls are talked in before anything happens. */
const LIVE_AT_LEAST = 100
/** Strikes after which memory is told anew. */
const STRETCH = 20

/** Calls come and go in real time while recorders are killed and frozen; every sample of every call is compared with what was spoken. */
export async function soak(size: Size, { seed, tell }: { seed: number; tell(line: string): void }): Promise<Figures> {
  const startedMs = systemClock.now()
  const servers = await ownServers(temporaryDirectory())
  onTestFinished(servers.remove)
  const audit = await startWriteAudit(servers.place)
  onTestFinished(audit.close)
  const moments = await openMoments(servers.place)
  onTestFinished(moments.close)
  const versions = openObjectVersions(servers.place.s3)
  onTestFinished(versions.close)
  const engines = await openPlace(servers.place)
  onTestFinished(engines.close)
  for (const people of PEOPLE) await enterPeople(engines.catalog, people)

  const usage = createUsage()
  const fleet = await startFleet(servers, RECORDERS, usage)
  await fleet.isShared()
  const judge = await startJudge(engines, { truthDir: join(temporaryDirectory(), 'truth'), versions, mayDelete: () => !fleet.mayWriteLate() })
  const draws = (purpose: string) => drawsOf(keyOf('soak', purpose, seed))
  const platform = startLivePlatform(engines, { seed, plans: endlessCalls(size.chairs, draws('calls')), onOver: judge.over })
  const struck: Struck[] = []
  let faultsTold = 0
  let fewestCalls = Number.POSITIVE_INFINITY
  const field = { fleet, moments, draws: draws('victims') }
  const strikes = strikesOf(size, draws('strikes'))
  for (const [number, kind] of strikes.entries()) {
    if (systemClock.now() - startedMs > size.mostMinutes * 60_000) break
    await delay(field.draws.whole(0, size.restMs))
    while (platform.talking() < LIVE_AT_LEAST) await Promise.race([delay(100), platform.failed, judge.failed])
    fewestCalls = Math.min(fewestCalls, platform.talking())
    const { struck: hits, takeover } = await Promise.race([strike(kind, field), platform.failed, judge.failed])
    struck.push(...hits)
    const { calls, samples, faults } = judge.verdict
    for (const fault of faults.slice(faultsTold)) tell(fault)
    faultsTold = faults.length
    tell(
      `${number + 1} of ${strikes.length} ${kind}: ${hits.map(({ recorder, atMs, resumedMs }) => `${recorder} ${resumedMs - atMs} ms`).join(', ')} ` +
        `(shared out after ${takeover.sharedMs} ms, claimed ${takeover.claimedMs}, ${takeover.messages} messages folded ${takeover.caughtUpMs}); ` +
        `${platform.talking()} calls live, ${calls} judged, ${judge.waiting()} waiting, ${samples} samples, ${faults.length} faults`,
    )
    if ((number + 1) % STRETCH === 0) usage.nextStretch()
  }
  await platform.stop()
  await judge.finish()
  await fleet.drain()

  const writes = await audit.writes()
  const { begunAfter, onTheirWay } = stalePuts(fleet.ever, reignsOf(writes), judge.partitionOf)
  const stale = [...fencingFaults(writes), ...begunAfter]
  const left = (await versions.below('recordings/')).filter((key) => !judge.kept.has(key)).map((key) => `${key} was written when its call was long over`)
  const deadLetters = await engines.catalog.db.selectFrom('dead_letters').select(['partition', 'log_offset']).execute()
  const { verdict } = judge
  return {
    ...verdict,
    minutes: (systemClock.now() - startedMs) / 60_000,
    struck,
    fewestCalls,
    staleWrites: stale.length + left.length,
    latePuts: [onTheirWay.length, onTheirWay.filter(({ status }) => status === 200).length],
    cpuSeconds: usage.cpuSeconds(),
    peakBytes: usage.peakBytes(),
    faults: [
      ...verdict.faults,
      ...stale,
      ...left,
      ...fleet.faults(),
      ...deadLetters.map(({ partition, log_offset: offset }) => `the message at ${partition}:${offset} was refused`),
      ...(await announcedFaults(engines.eventLog, judge.completed)),
    ],
  }
}
