import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Capture } from '@twinreel/replay/capture/capture'
import { readCapture } from '@twinreel/replay/capture/read'
import { readScenario } from '@twinreel/scenarios/language/read-scenario'
import { failureText } from '@twinreel/scenarios/report/failure-text'
import type { ScenarioResult } from '@twinreel/scenarios/result'
import { runVirtual } from '@twinreel/scenarios/run/run-virtual'
import { scenarioFromCall, type ScenarioFromCall } from '@twinreel/twinreel/scenario-from-call/from-call'
import { beforeAll, expect, test } from 'vitest'

const HERE = import.meta.dirname
const NAMES = readdirSync(HERE).filter((name) => name.endsWith('.ndjson'))
const calls = new Map<string, { capture: Capture; written: ScenarioFromCall; result: ScenarioResult }>()

beforeAll(async () => {
  for (const name of NAMES) {
    const capture = await readCapture(join(HERE, name))
    const written = await scenarioFromCall(capture, `${name}.scenario.yaml`)
    const [judged] = await runVirtual([readScenario(`${name}.scenario.yaml`, written.text)], { seed: null, outDir: null })
    if (judged !== undefined) calls.set(name, { capture, written, result: judged.result })
  }
}, 300_000)

function callNamed(name: string): { capture: Capture; written: ScenarioFromCall; result: ScenarioResult } {
  const call = calls.get(name)
  if (call === undefined) throw new Error(`${name} was not written`)
  return call
}

// Every kept history has words: one that had none would be listed here with its reason.
test.each(NAMES)('%s becomes a scenario with the same outcomes, captured and paused to the same millisecond', (name) => {
  const { capture, written, result } = callNamed(name)
  expect(result.status, failureText(result)).toBe('passed')
  expect(written.partings).toEqual([])
  const then = capture.decided.ledger.map(({ ownerId, outcome, reason }) => ({
    owner: written.nameOfOwner(ownerId),
    outcome,
    reason,
    recordings: capture.decided.recordings
      .filter((one) => one.ownerId === ownerId)
      .map(({ manifest }) => ({ captured: manifest?.document['captured'] ?? [], paused: manifest?.document['paused'] ?? [] })),
  }))
  const now = (result.calls[0]?.owners ?? [])
    .filter(({ outcome }) => outcome !== 'nothing')
    .map(({ owner, outcome, reason, recordings }) => ({
      owner,
      outcome,
      reason,
      recordings: recordings.map(({ captured, paused }) => ({ captured, paused })),
    }))
  const inOrder = (all: readonly { owner: string | null }[]): unknown => all.toSorted((a, b) => (a.owner ?? '').localeCompare(b.owner ?? ''))
  expect(inOrder(now)).toEqual(inOrder(then))
})

test.each(NAMES)('nothing of %s by which anybody could be found stands in its scenario', (name) => {
  const { capture, written } = callNamed(name)
  const log = capture.messages.map(({ value }) => (value === null ? '' : Buffer.from(value).toString('latin1'))).join('\n')
  const numbers = [...log.matchAll(/"number":"([^"]+)"/g)].flatMap(([, number]) => number ?? [])
  expect(numbers.length).toBeGreaterThan(0)
  for (const secret of [...numbers, ...(capture.header.anonymized ? [...log.matchAll(/x[0-9a-f]{12}/g)].map(([id]) => id) : [])])
    expect(written.text).not.toContain(secret)
})

test('who was in the call stands in the file only when that is asked for', async () => {
  const { capture } = callNamed('short-pause.ndjson')
  const named: Capture = {
    ...capture,
    messages: capture.messages.map((message) => {
      const text = new TextDecoder().decode(message.value ?? new Uint8Array())
      if (!text.startsWith('{')) return message
      const renamed = text
        .replaceAll('"userId":"mia"', '"userId":"anna.schmidt"')
        .replace('"participantId":"called",', '$&"displayName":"Dr. Erika Mustermann",')
      return { ...message, value: new TextEncoder().encode(renamed) }
    }),
    policies: capture.policies.map((one) => ({ ...one, policy: one.policy === null ? null : { ...one.policy, ownerId: 'anna.schmidt' } })),
    decided: {
      ...capture.decided,
      ledger: capture.decided.ledger.map((entry) => ({ ...entry, ownerId: 'anna.schmidt' })),
      recordings: capture.decided.recordings.map((recording) => ({ ...recording, ownerId: 'anna.schmidt' })),
    },
  }
  const { text, partings } = await scenarioFromCall(named, 'x')
  expect(text).not.toMatch(/anna|schmidt|erika|mustermann/i)
  expect(text).toContain('# - names, numbers, ids and device names;')
  expect(partings).toEqual([])
  const kept = await scenarioFromCall(named, 'x', { keepNames: true })
  expect(kept.text).toMatch(/^users:\n {2}anna-schmidt: /m)
  expect(kept.text).toMatch(/^parties:\n {2}dr-erika-mustermann: /m)
  expect(kept.text).toContain('# - numbers and device names;')
  expect(kept.partings).toEqual([])
})

test('faults of the way are told in the words of timelines', () => {
  const { text } = callNamed('bad-line.ndjson').written
  expect(text).toMatch(/'s audio is lost for 20 ms$/m)
  expect(callNamed('cut-cable.ndjson').written.text).toContain('- 00:17.500 call vanishes\n')
  expect(callNamed('twice-and-late.ndjson').written.text).toMatch(/^faults: \{ duplicate: \d+ %, reorder: \d+ % \}$/m)
  expect(callNamed('announcement-unanswered.ndjson').written.text).toContain('- 00:00.000 next recording-started is ignored\n')
  expect(callNamed('renegotiated.ndjson').written.text).toMatch(/- 00:10.500 \w+'s stream becomes L16 at 16000\n/)
})

test('a call that goes on, or in which the recorder knew nobody, has no words', async () => {
  const { capture } = callNamed('short-pause.ndjson')
  await expect(scenarioFromCall({ ...capture, header: { ...capture.header, isOver: false } }, 'x')).rejects.toThrow('still goes on')
  await expect(scenarioFromCall({ ...capture, policies: [] }, 'x')).rejects.toThrow('knew nobody')
})

test('what was decided otherwise is told, in the file too', async () => {
  const { capture } = callNamed('short-pause.ndjson')
  const ledger = capture.decided.ledger.map((entry) => ({ ...entry, outcome: 'excluded', reason: 'not-kept' }))
  const { partings, text } = await scenarioFromCall({ ...capture, decided: { ...capture.decided, ledger } }, 'x')
  expect(partings).toEqual(['alice: excluded, not-kept then, recorded here'])
  expect(text).toMatch(/^# It does not come out as the call did: alice: excluded, not-kept then, recorded here\n/)
})
