import { expect, test } from 'vitest'
import { answer, end, given, headOf, hangUp, run, silence, talk, TIME_ZERO_MS } from './testing/call.ts'
import { counted, effectsOf, told } from './testing/seen.ts'

const ALICE = { settings: { alice: { mode: 'always' } } } as const

test('a call is opened with what its platform says of it', () => {
  expect(given(ALICE).latest.effects).toEqual([{ kind: 'call.opened', callType: 'pstn', direction: null, correlationId: null }])
  const call = given(ALICE)
  call.state = null
  call.tell('call.started', {
    orgId: 'acme',
    callId: 'call-1',
    redirections: [],
    participants: [],
    direction: 'inbound',
    correlationId: 'c-9',
    capabilities: { prompts: 'none', gate: true, indicator: true },
  })
  expect(call.latest.effects).toEqual([{ kind: 'call.opened', callType: null, direction: 'inbound', correlationId: 'c-9' }])
  expect(call.latest.placed).toEqual([])
})

test('its answer is told with its time', () => {
  expect(effectsOf(answer(given(ALICE)), 'call.answered')).toEqual([{ kind: 'call.answered', timeZeroMs: TIME_ZERO_MS }])
})

test('a platform that waits for an answer is told when an event was handled, under an id that a repeat has too', () => {
  const call = given(ALICE)
  call.tell('call.answered', { by: { kind: 'participant', participantId: 'bob' }, streams: [] }, { id: 'a1', awaits: true, timeMs: 0 })
  expect(effectsOf(call.latest, 'command').at(-1)).toEqual({
    kind: 'command',
    id: 'call-1/h/a1',
    command: { type: 'event.handled', data: { eventId: 'a1' } },
  })
  const late = given(ALICE)
  late.state = null
  hangUp(late, 'bob', 0)
  expect(late.latest).toEqual({
    state: null,
    effects: [{ kind: 'dead-letter', reason: 'call-not-started', detail: 'participant.left of a call that never started' }],
    placed: [],
  })
})

test('a timer that names the first message closes a call nobody answered', () => {
  const call = given(ALICE)
  expect(call.state?.last).toEqual({ source: '/platform', id: 'e0' })
  silence(call, 3_600_000)
  expect(call.state?.phase).toBe('closed')
})

test('audio is known by its place, not by its id: it neither repeats an event nor drives one out', () => {
  const call = answer(given(ALICE))
  const id = call.events.at(-1)?.id ?? ''
  call.send({ ...headOf(call, { id }), type: 'media', runs: [run('alice', 0, 1_000), run('bob', 0, 1_000)] })
  expect(call.latest.placed).toHaveLength(2)
  talk(call, 300_000)
  call.send({ ...headOf(call, { id: 'e0' }), type: 'call.answered', data: { by: { kind: 'participant', participantId: 'bob' }, streams: [] } })
  expect(counted(call.latest)).toEqual(['duplicate-event: 1'])
  end(call, 300_000)
  expect(told(call)).toEqual([])
})
