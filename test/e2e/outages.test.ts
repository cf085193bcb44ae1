import { generatePeople } from '@twinreel/simulator/generate-people'
import { enterPeople, type People } from '@twinreel/simulator/people'
import { openPlace } from '@twinreel/twinreel/engines'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { missingPrograms, startPrivateServers } from '../support/private-servers.ts'
import { lasts, watchMemory } from '../support/recorders/outage.ts'
import { ownServers, type OwnServers } from '../support/recorders/own-servers.ts'
import { startPlatform } from '../support/recorders/platform.ts'
import { recordingFaults, rewrittenKeys } from '../support/recorders/recorded.ts'
import { startRecorderProcess, type RecorderProcess } from '../support/recorders/recorder-process.ts'

/** Seconds of each outage. OUTAGES=full makes them as long as those an operator fears; else they are just longer than any patience in between. */
const SECONDS =
  process.env['OUTAGES'] === 'full'
    ? { kafka: 60, unavailable: 300, slow: 60, hanging: 60, postgres: 10 }
    : { kafka: 12, unavailable: 16, slow: 6, hanging: 8, postgres: 3 }
const CALLS = 40
/** Until all calls are answered and announcements are over. */
const BEFORE_SECONDS = 15
const CALL_SECONDS = BEFORE_SECONDS + Object.values(SECONDS).reduce((sum, seconds) => sum + seconds, 0) + 30
/** Sealed audio that may wait for the store in memory; so much is said in a quarter of a minute, the rest waits on disk. */
const MAX_MEMORY_MB = 8
const SEED = 4
const USERS = 20
const MEBIBYTE = 1024 * 1024
const KINDS = ['kafka', 's3', 'postgres'] as const
const missing = await missingPrograms(KINDS)
const skipped = missing.length === 0 ? '' : ` (skipped: ${missing.join(', ')} can’t be started here)`

describe.skipIf(missing.length > 0)(`while servers fail${skipped}`, () => {
  test(
    'Kafka away, a store that refuses, crawls and hangs, a database that restarts: nothing is lost, memory stays bounded, what it says of itself is true',
    { timeout: (CALL_SECONDS + 240) * 1_000 },
    async ({ annotate }) => {
      const own = await startPrivateServers(KINDS)
      onTestFinished(own.close)
      const servers = await ownServers(temporaryDirectory(), own.testVariables)
      const store = await startFaultProxy({ host: '127.0.0.1', port: own.of('s3').port })
      onTestFinished(store.close)
      const recorder = await startRecorderProcess('recorder-1', throughProxy(servers, store.port))
      await becomesReady(recorder)
      const truthDir = temporaryDirectory()
      const engines = await openPlace(servers.place)
      onTestFinished(engines.close)
      await enterPeople(engines.catalog, alwaysRecorded(generatePeople({ seed: SEED, users: USERS })))
      const platform = startPlatform(servers, { seed: SEED, calls: CALLS, users: USERS, callSeconds: CALL_SECONDS, truthDir })
      await expect.poll(() => recorder.metric('twinreel_recorder_live_calls'), { timeout: 60_000 }).toBeGreaterThanOrEqual(CALLS)
      await lasts(BEFORE_SECONDS)
      const peaks = watchMemory(recorder)
      const calmBytes = await recorder.metric('process_resident_memory_bytes')

      await own.of('kafka').stop()
      await saysSo(recorder, 'log')
      await lasts(SECONDS.kafka)
      await own.of('kafka').start()
      await becomesReady(recorder)

      await store.switchTo({ kind: 'unavailable' })
      await saysSo(recorder, 'store')
      await lasts(SECONDS.unavailable)
      await store.switchTo({ kind: 'slow', delayMs: 300, bytesPerSecond: 400_000 })
      await lasts(SECONDS.slow)
      await store.switchTo({ kind: 'hang' })
      await saysSo(recorder, 'store')
      await lasts(SECONDS.hanging)
      await store.switchTo({ kind: 'none' })
      await becomesReady(recorder)

      await own.of('postgres').stop()
      await saysSo(recorder, 'catalog')
      await lasts(SECONDS.postgres)
      await own.of('postgres').start()
      await becomesReady(recorder)
      await expect.poll(() => recorder.metric('twinreel_recorder_lag_messages'), { timeout: 60_000 }).toBeLessThan(CALLS)

      const { calls } = await platform.over
      expect(calls).toBe(CALLS)
      const { residentBytes, waitingBytes } = await peaks.stop()
      // One segment of each call may be sealed in the moment in which memory becomes full.
      expect(waitingBytes).toBeLessThanOrEqual((MAX_MEMORY_MB + CALLS) * MEBIBYTE)
      // Unsealed audio, what is just being written, and what the allocator keeps of it: it grows with the calls, not with the outage.
      expect(residentBytes - calmBytes).toBeLessThan(300 * MEBIBYTE)
      expect(await recordingFaults(engines, truthDir)).toEqual([])
      expect(await rewrittenKeys(servers.place)).toEqual([])
      await annotate(`peak resident ${mebibytes(residentBytes)} MiB, ${mebibytes(calmBytes)} before; sealed and waiting ${mebibytes(waitingBytes)} MiB at most`)
    },
  )
})

/** Nobody's recording depends on when a prompt is answered or a gate is shut: a platform whose log is away does that late, and rightly so. */
function alwaysRecorded(people: People): People {
  const settings = { mode: 'always', startStopAnnouncement: { internal: false, pstn: false }, pauseResumeNotification: 'none' } as const
  return { ...people, users: people.users.map((user) => ({ ...user, settings: { ...user.settings, ...settings } })) }
}

function throughProxy(servers: OwnServers, port: number): OwnServers {
  const { place } = servers
  return {
    ...servers,
    place: { ...place, s3: { ...place.s3, endpoint: `http://127.0.0.1:${port}` } },
    environment: (changes) =>
      servers.environment({
        TWINREEL_RECORDER_MAX_MEMORY_MB: String(MAX_MEMORY_MB),
        TWINREEL_S3_REQUEST_TIMEOUT_MS: '5000',
        ...changes,
      }),
  }
}

async function becomesReady(recorder: RecorderProcess): Promise<void> {
  await expect.poll(() => recorder.notReady().catch((error: unknown) => [String(error)]), { timeout: 90_000, interval: 250 }).toEqual([])
}

async function saysSo(recorder: RecorderProcess, check: string): Promise<void> {
  await expect.poll(recorder.notReady, { timeout: 30_000, interval: 250 }).toContain(check)
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE)
}
