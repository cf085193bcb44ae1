import { encodeCallEvent, type WireMessage } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { silentLogger } from '@twinreel/service/log'
import { generatePlans } from '@twinreel/simulator/generate'
import { simulate } from '@twinreel/simulator/simulate'
import { openPlace } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { MISSING_SERVERS, ownServers } from '../support/recorders/own-servers.ts'

const skipped = MISSING_SERVERS.length === 0 ? '' : ` (skipped: no ${MISSING_SERVERS.join(', ')})`
const OPTIONS = { source: '/poison', timeMs: 1_767_225_600_000 }
const utf8 = new TextEncoder()

/** A call's start as a publisher could write it, with something in it that a database can't keep as text. */
function started(callId: string, poison: Record<string, unknown>, id: string): WireMessage {
  const participants = [{ participantId: 'p1', role: 'originating' as const }]
  const message = encodeCallEvent(callId, 'call.started', { orgId: 'nobody', callId, participants }, { ...OPTIONS, id })
  const data = { orgId: 'nobody', callId, participants, ...poison }
  return { ...message, value: utf8.encode(JSON.stringify(data)) }
}

function poisons(): WireMessage[] {
  const platform = { serviceProvider: 'a\0', externalGroup: 'b', externalIdentifier: 'c' }
  return [
    started('nul-correlation', { correlationId: 'a\0b' }, '1'),
    started('nul-platform', { participants: [{ participantId: 'p1', role: 'originating', platform }] }, '2'),
    started('nul-unknown-field', { 'x\0': 1 }, '3'),
    { ...started('nul-key', {}, '4'), key: 'nul\0key' },
    { ...started('nul-source', {}, '5'), headers: { ...started('nul-source', {}, '5').headers, ce_source: '/a\0' } },
    started('half-a-character', { correlationId: '\ud800' }, '6'),
  ]
}

describe.skipIf(MISSING_SERVERS.length > 0)(`messages that a database can’t keep${skipped}`, () => {
  test('are dead letters or harmless; calls beside them are recorded, and nothing starts over', async () => {
    const servers = await ownServers(temporaryDirectory())
    onTestFinished(servers.remove)
    const engines = await openPlace(servers.place)
    onTestFinished(engines.close)
    const errors: string[] = []
    const recorder = await recordWith(engines, { ...silentLogger, error: (_fields, message) => void errors.push(message) })
    onTestFinished(recorder.stop)
    const sent = poisons()
    const append = async (): Promise<void> => void (await engines.eventLog.append(sent.map((message) => ({ topic: TOPICS.calls, ...message }))))
    await append()
    const { plans, people } = generatePlans({ seed: 9, calls: 12, users: 6, callSeconds: 5 })
    const { outcomes } = await simulate({ log: engines.eventLog, catalog: engines.catalog, plans, people, speed: 'max', seed: 9 })
    expect(outcomes).toBeGreaterThanOrEqual(12)
    await append()
    await expect.poll(() => recorder.stats().deadLetters).toBe(10)
    expect(recorder.stats()).toMatchObject({ lag: 0, partitions: 12, catchingUp: 0, lastFailureMs: null })
    expect(errors).toEqual([])
  })
})
