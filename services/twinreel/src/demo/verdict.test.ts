import { expect, it } from 'vitest'
import type { Finding } from '@twinreel/oracle/finding'
import { judge, verdictText } from './verdict.ts'

const finding: Finding = { recordingId: 'r1', callId: 'c1', atMs: 1_234, message: '00000.wav is missing' }
const spoiled = { what: 'an object is taken away', recordingId: 'r1', saying: 'is missing' }

it('holds when the check fails on every spoiled copy and not on the real thing', async () => {
  const verdict = await judge({ claim: 'all is there', spoiled: [{ ...spoiled, find: async () => [finding] }], find: async () => [] })
  expect(verdict).toEqual({
    claim: 'all is there',
    holds: true,
    spoiled: [{ what: spoiled.what, found: 'recording r1 of call c1, at 1234 ms: 00000.wav is missing' }],
    findings: [],
  })
  expect(verdictText(verdict)).toContain('holds: all is there')
})

it('does not hold when something is found, and says where', async () => {
  const verdict = await judge({ claim: 'all is there', spoiled: [], find: async () => [finding] })
  expect(verdict.holds).toBe(false)
  expect(verdictText(verdict)).toContain('FOUND: recording r1 of call c1, at 1234 ms: 00000.wav is missing')
})

it.each<[string, Finding[]]>([
  ['finds nothing on a spoiled copy', []],
  ['finds something in another recording', [{ ...finding, recordingId: 'r2' }]],
  ['finds something else', [{ ...finding, message: 'it has no manifest' }]],
])('does not hold when the check %s', async (_, found) => {
  const verdict = await judge({ claim: 'all is there', spoiled: [{ ...spoiled, find: async () => found }], find: async () => [] })
  expect(verdict).toMatchObject({ holds: false, spoiled: [{ found: null }] })
  expect(verdictText(verdict)).toContain('NOT FOUND, the check is blind')
})
