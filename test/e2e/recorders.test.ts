import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPostgresCatalog } from '@twinreel/catalog/postgres'
import { systemClock } from '@twinreel/service/clock'
import { openS3Store } from '@twinreel/object-store/s3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { linesSince, sharedOut, takeoverOf } from '../support/recorders/ownership.ts'
import { MISSING_SERVERS, ownServers } from '../support/recorders/own-servers.ts'
import { startPlatform } from '../support/recorders/platform.ts'
import { recordingFaults, rewrittenKeys, strayPuts } from '../support/recorders/recorded.ts'
import { startRecorderProcess, type RecorderProcess } from '../support/recorders/recorder-process.ts'
import { fencingFaults, reignsOf, startWriteAudit } from '../support/recorders/write-audit.ts'

const CALLS = Number(process.env['H_CALLS'] ?? 200)
const skipped = MISSING_SERVERS.length === 0 ? '' : ` (skipped: no ${MISSING_SERVERS.join(', ')})`

async function sum(recorders: readonly RecorderProcess[], metric: string): Promise<number> {
  return (await Promise.all(recorders.map((recorder) => recorder.metric(metric)))).reduce((a, b) => a + b, 0)
}

/** Resolves in the moment in which the recorder asks the store to take an object, so that what happens next finds it unaware of the answer. */
async function writing(recorder: RecorderProcess): Promise<number> {
  expect(await recorder.metric('twinreel_recorder_unsealed_bytes')).toBeGreaterThan(1_000_000)
  const before = recorder.puts.length
  await expect.poll(() => recorder.puts.length, { timeout: 30_000, interval: 1, message: `a put of ${recorder.name}` }).toBeGreaterThan(before)
  return systemClock.now()
}

describe.skipIf(skipped !== '')(`recorders that share a topic of twelve partitions${skipped}`, () => {
  test('one killed, one added, one frozen past its session and thawed: 200 live calls are recorded complete, to the sample, and once', async () => {
    const servers = await ownServers(temporaryDirectory())
    if (process.env['H_KEEP']) process.stderr.write(JSON.stringify(servers.place) + '\n')
    else onTestFinished(servers.remove)
    const audit = await startWriteAudit(servers.place)
    onTestFinished(audit.close)
    const [a, b] = await Promise.all([startRecorderProcess('a', servers), startRecorderProcess('b', servers)])
    await sharedOut([a, b], [a, b])
    const truthDir = process.env['H_LOGS'] ? `${process.env['H_LOGS']}/truth` : join(temporaryDirectory(), 'truth')
    const platform = startPlatform(servers, { seed: 4_711, calls: CALLS, users: 90, callSeconds: Number(process.env['H_SECONDS'] ?? 85), truthDir })
    await expect.poll(() => sum([a, b], 'twinreel_recorder_live_calls'), { timeout: 60_000, interval: 250 }).toBe(CALLS)

    expect(await a.metric('twinreel_recorder_unsealed_bytes')).toBeGreaterThan(1_000_000)
    const cpu = (r: RecorderProcess) => {
      try {
        const f = readFileSync(`/proc/${r.pid}/stat`, 'utf8').split(' ')
        return (Number(f[13]) + Number(f[14])) * 10
      } catch {
        return 0
      }
    }
    const say = (what: string, t: object, since: number[]) =>
      void process.stderr.write(`${what}: ${JSON.stringify(t)} cpu ${[b, c0].map((r, i) => (r === null ? 0 : cpu(r) - (since[i] ?? 0))).join(' ')}\n`)
    let c0: RecorderProcess | null = null
    let was = [cpu(b)]
    const killedMs = systemClock.now()
    a.signal('SIGKILL')
    const killed = takeoverOf(await sharedOut([a, b], [b]), killedMs)
    say('killed', killed, was)
    was = [cpu(b), 0]

    const addedMs = systemClock.now()
    const c = await startRecorderProcess('c', servers)
    const added = takeoverOf(await sharedOut([a, b, c], [b, c]), addedMs)
    c0 = c
    say('added', added, was)
    was = [cpu(b), cpu(c)]

    const frozenMs = await writing(b)
    b.signal('SIGSTOP')
    const frozen = takeoverOf(await sharedOut([a, b, c], [c]), frozenMs)
    say('frozen', frozen, was)
    was = [cpu(b), cpu(c)]
    const thawedMs = systemClock.now()
    b.signal('SIGCONT')
    const thawed = takeoverOf(await sharedOut([a, b, c], [b, c]), thawedMs)
    say('thawed', thawed, was)
    expect(linesSince(b, thawedMs, 'another recorder has the partition')).not.toEqual([])
    process.stderr.write(`live ${await sum([b, c], 'twinreel_recorder_live_calls')}\n`)

    const { outcomes, failed } = await platform.over
    for (const recorder of [b, c]) recorder.signal('SIGTERM')
    expect(await Promise.all([b, c].map(({ ended }) => ended))).toEqual([b, c].map(() => ({ exitCode: 0, signal: null })))

    const store = await openS3Store(servers.place.s3)
    const catalog = await openPostgresCatalog(servers.place.database)
    onTestFinished(async () => {
      await store.close()
      await catalog.close()
    })
    expect(await recordingFaults({ store, catalog }, truthDir)).toEqual([])
    expect(await rewrittenKeys(servers.place)).toEqual([])
    const ledger = await catalog.db.selectFrom('ledger').select(['call_id', 'owner_id']).execute()
    expect([ledger.length, failed]).toEqual([outcomes, 0])
    const writes = await audit.writes()
    expect(fencingFaults(writes)).toEqual([])
    expect(await strayPuts(catalog, [a, b, c], reignsOf(writes))).toEqual([])
  }, 240_000)
})
