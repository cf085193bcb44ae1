import { join } from 'node:path'
import { systemClock } from '@twinreel/service/clock'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { evidenceAgainst } from '../support/recorders/evidence.ts'
import { liveCalls } from '../support/recorders/moments.ts'
import { linesSince, sharedOut, takeoverOf, takeoverText } from '../support/recorders/ownership.ts'
import { MISSING_SERVERS, ownServers } from '../support/recorders/own-servers.ts'
import { startPlatform } from '../support/recorders/platform.ts'
import { startRecorderProcess, type RecorderProcess } from '../support/recorders/recorder-process.ts'
import { startWriteAudit } from '../support/recorders/write-audit.ts'

const CALLS = 60
const CALL_SECONDS = 50
const skipped = MISSING_SERVERS.length === 0 ? '' : ` (skipped: no ${MISSING_SERVERS.join(', ')})`

describe.skipIf(skipped !== '')(`recorders that are replaced one after the other${skipped}`, () => {
  test('hand their partitions over at once, and of 60 live calls nothing is lost and nothing is there twice', async ({ annotate }) => {
    const servers = await ownServers(temporaryDirectory())
    onTestFinished(servers.remove)
    const audit = await startWriteAudit(servers.place)
    onTestFinished(audit.close)
    const recorders = await Promise.all([startRecorderProcess('a', servers), startRecorderProcess('b', servers)])
    await sharedOut(recorders, recorders)
    const truthDir = join(temporaryDirectory(), 'truth')
    const platform = startPlatform(servers, { seed: 815, calls: CALLS, users: 30, callSeconds: CALL_SECONDS, truthDir })
    await expect.poll(() => liveCalls(recorders), { timeout: 60_000, interval: 250 }).toBe(CALLS)

    let old = [...recorders]
    for (const name of ['c', 'd']) {
      const [leaving, staying] = old as [RecorderProcess, RecorderProcess]
      const leftMs = systemClock.now()
      leaving.signal('SIGTERM')
      await annotate(takeoverText(`${leaving.name} drained`, takeoverOf(await sharedOut(recorders, [staying]), leftMs)))
      expect(await leaving.ended).toEqual({ exitCode: 0, signal: null })
      const joined = await startRecorderProcess(name, servers)
      recorders.push(joined)
      old = [staying, joined]
      await sharedOut(recorders, old)
    }
    expect(await liveCalls(old)).toBe(CALLS)

    const { outcomes } = await platform.over
    for (const recorder of old) recorder.signal('SIGTERM')
    expect(await Promise.all(old.map(({ ended }) => ended))).toEqual(old.map(() => ({ exitCode: 0, signal: null })))
    // Nobody had anything taken from him.
    expect(recorders.flatMap((recorder) => linesSince(recorder, 0, 'another recorder has the partition'))).toEqual([])
    expect(await evidenceAgainst(servers, { truthDir, outcomes, recorders, writes: await audit.writes() })).toEqual([])
  }, 180_000)
})
