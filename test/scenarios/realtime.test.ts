import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startServe, twinreel, twinreelWith } from '@twinreel/twinreel/testing/run-command'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { MISSING_SERVERS, ownServers } from '../support/recorders/own-servers.ts'
import { startRecorderProcess } from '../support/recorders/recorder-process.ts'

const PAUSED = `scenario: A pause in real time
users:
  alice: { mode: always-pause-resume, announcement: none, notification: beep, tone: off }
parties: { bob }
call: { from: bob, to: alice }
timeline:
  - 00:02 alice stops
  - 00:03 alice pauses
  - 00:06 alice resumes
  - 00:09 bob hangs up
expect:
  call:
    - 00:03 to 00:03.150 pause-beep heard
    - 00:03 gate shut
    - 00:06 to 00:06.150 resume-beep heard
    - 00:06.150 gate opened
  alice:
    outcome: recorded
    timeline:
      - 00:00 to 00:03 captured
      - 00:02 stop rejected, not-allowed-in-mode
      - 00:03 to 00:06.150 paused
      - 00:03 to 00:03.150 pause-beep played
      - 00:06 to 00:06.150 resume-beep played
      - 00:06.150 to 00:09 captured
      - 00:09 ended, call-ended
`
const ANNOUNCED = join(import.meta.dirname, 'announcements/outside-call-announced.scenario.yaml')
const BOTH_PASS = { mode: 'realtime', passed: 2, failed: 0, broken: 0 }

/** Both are played at once, and take ten seconds. */
function scenarios(): string[] {
  const paused = join(temporaryDirectory(), 'paused.scenario.yaml')
  writeFileSync(paused, PAUSED)
  return [paused, ANNOUNCED]
}

describe('scenarios in real time', () => {
  test('hold on one machine', async () => {
    const dataDir = temporaryDirectory()
    await startServe(dataDir)
    const { stdout, stderr } = await twinreel('scenario', 'run', ...scenarios(), '--realtime', '--data', dataDir, '--json')
    expect(stdout, stderr).not.toBe('')
    expect(JSON.parse(stdout), stderr).toMatchObject(BOTH_PASS)
  }, 120_000)

  test.skipIf(MISSING_SERVERS.length > 0)(
    'hold on servers',
    async () => {
      const servers = await ownServers(temporaryDirectory())
      onTestFinished(() => servers.remove())
      const recorder = await startRecorderProcess('one', servers)
      await expect.poll(() => recorder.notReady(), { timeout: 30_000 }).toEqual([])
      const environment = servers.environment({}) as Record<string, string>
      const { stdout, stderr } = await twinreelWith(environment, 'scenario', 'run', ...scenarios(), '--realtime', '--engine', 'kafka', '--json')
      expect(stdout, stderr).not.toBe('')
      expect(JSON.parse(stdout), stderr).toMatchObject(BOTH_PASS)
    },
    180_000,
  )
})
