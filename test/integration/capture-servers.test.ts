import { captureCall } from '@twinreel/replay/capturing/capture-call'
import { replay, toldComparison } from '@twinreel/replay/compare/replay'
import { silentLogger } from '@twinreel/service/log'
import { generatePlans } from '@twinreel/simulator/generate'
import { simulate } from '@twinreel/simulator/simulate'
import { openPlace } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { MISSING_SERVERS, ownServers } from '../support/recorders/own-servers.ts'
import { ONE_KEY } from '../support/signing.ts'

const skipped = MISSING_SERVERS.length === 0 ? '' : ` (skipped: no ${MISSING_SERVERS.join(', ')})`

describe.skipIf(skipped !== '')(`captures from Kafka, S3 and PostgreSQL${skipped}`, () => {
  test('are folded again, without any server, to the same decisions and bytes', async () => {
    const servers = await ownServers(temporaryDirectory())
    onTestFinished(servers.remove)
    const engines = await openPlace(servers.place)
    onTestFinished(engines.close)
    const { eventLog, catalog } = engines
    const { plans, people } = generatePlans({ seed: 23, calls: 8, users: 6, callSeconds: 12 })
    const recorder = await recordWith(engines, silentLogger, ONE_KEY)
    await simulate({ log: eventLog, catalog, plans, people, speed: 'max', seed: 23 })
    await recorder.stop()
    let objects = 0
    for (const { callId } of plans) {
      const { capture, notes } = await captureCall(engines, { callId, eventsOnly: false, anonymous: null, wrapping: () => null, writtenBy: 'test' })
      expect([callId, ...notes]).toEqual([callId])
      expect(capture.messages.length).toBeGreaterThan(3)
      expect(toldComparison(await replay(capture))).toBeNull()
      objects += capture.recorded?.recordings.reduce((sum, recording) => sum + recording.objects.length, 0) ?? 0
    }
    expect(objects).toBeGreaterThan(3)
  }, 120_000)
})
