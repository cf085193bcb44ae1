import { join } from 'node:path'
import { systemClock } from '@twinreel/service/clock'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { evidenceAgainst } from '../support/recorders/evidence.ts'
import { liveCalls, writesNow } from '../support/recorders/moments.ts'
import { linesSince, sharedOut, takeoverOf, takeoverText } from '../support/recorders/ownership.ts'
import { MISSING_SERVERS, ownServers } from '../support/recorders/own-servers.ts'
import { startPlatform } from '../support/recorders/platform.ts'
import { startRecorderProcess } from '../support/recorders/recorder-process.ts'
import { startWriteAudit } from '../support/recorders/write-audit.ts'

const CALLS = 200
/** Longer than an object is, and than everything that happens to the recorders takes. */
const CALL_SECONDS = 75
const skipped = MISSING_SERVERS.length === 0 ? '' : ` (skipped: no ${MISSING_SERVERS.join(', ')})`

describe.skipIf(skipped !== '')(`recorders that share a topic of twelve partitions${skipped}`, () => {
  test('one killed, one added, one frozen past its session and thawed: 200 live calls are recorded complete, to the sample, and once', async ({ annotate }) => {
    const servers = await ownServers(temporaryDirectory())
    onTestFinished(servers.remove)
    const audit = await startWriteAudit(servers.place)
    onTestFinished(audit.close)
    const [a, b] = await Promise.all([startRecorderProcess('a', servers), startRecorderProcess('b', servers)])
    await sharedOut([a, b], [a, b])
    const truthDir = join(temporaryDirectory(), 'truth')
    const platform = startPlatform(servers, { seed: 4_711, calls: CALLS, users: 90, callSeconds: CALL_SECONDS, truthDir })
    await expect.poll(() => liveCalls([a, b]), { timeout: 60_000, interval: 250 }).toBe(CALLS)

    // So much is said and in no object yet.
    expect(await a.metric('twinreel_recorder_unsealed_bytes')).toBeGreaterThan(1_000_000)
    const killedMs = systemClock.now()
    a.signal('SIGKILL')
    await annotate(takeoverText('killed', takeoverOf(await sharedOut([a, b], [b]), killedMs)))

    const addedMs = systemClock.now()
    const c = await startRecorderProcess('c', servers)
    await annotate(takeoverText('added', takeoverOf(await sharedOut([a, b, c], [b, c]), addedMs)))

    await writesNow(b)
    const frozenMs = systemClock.now()
    b.signal('SIGSTOP')
    await annotate(takeoverText('frozen', takeoverOf(await sharedOut([a, b, c], [c]), frozenMs)))
    expect(await liveCalls([c])).toBe(CALLS)
    const thawedMs = systemClock.now()
    b.signal('SIGCONT')
    await annotate(takeoverText('thawed', takeoverOf(await sharedOut([a, b, c], [b, c]), thawedMs)))
    // It tried to commit, and was refused.
    expect(linesSince(b, thawedMs, 'another recorder has the partition')).not.toEqual([])

    const { outcomes } = await platform.over
    for (const recorder of [b, c]) recorder.signal('SIGTERM')
    expect(await Promise.all([b.ended, c.ended])).toEqual(Array.from({ length: 2 }, () => ({ exitCode: 0, signal: null })))
    expect(await evidenceAgainst(servers, { truthDir, outcomes, recorders: [a, b, c], writes: await audit.writes() })).toEqual([])
  }, 240_000)
})
