import { describe, expect, it } from 'vitest'
import type { CallCommand } from '@twinreel/contracts/call-commands'
import { decodeCallEvent, type CallEvent, type WireMessage } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import { openSqliteLog } from '@twinreel/event-log/sqlite'
import type { CallHooks, PublishedCall } from './published-call.ts'
import { createPublisher, type Publisher } from './publisher.ts'
import { logTransport } from './transport.ts'

const STREAMS = ['far', 'near'].map((id) => ({ streamId: id, participantIds: [id === 'far' ? 'caller' : 'desk'], codec: 'PCMU' as const, sampleRateHz: 8_000 }))
const STARTED = {
  orgId: 'acme',
  callId: 'call-1',
  participants: [
    { participantId: 'caller', role: 'originating' as const },
    { participantId: 'desk', role: 'terminating' as const, userId: 'ada' },
  ],
}
const ANSWERED = { by: { kind: 'participant' as const, participantId: 'desk' }, streams: STREAMS }

/** A platform with a clock that is stepped, and that goes on by itself as it is read where that takes time; and a log that may refuse. */
function platform({ readingTakesMs = 0 } = {}) {
  const log: WireMessage[] = []
  const errors: unknown[] = []
  const line = { nowMs: 1_000_000, refusals: [] as Error[], sending: 0, mostSending: 0 }
  const clock = { now: () => (line.nowMs += readingTakesMs), wait: async (ms: number) => void (line.nowMs += ms) }
  const publisher = createPublisher({
    source: '/test',
    clock,
    onError: (error) => errors.push(error),
    transport: {
      maxBytes: 100_000,
      send: async (messages) => {
        line.mostSending = Math.max(line.mostSending, ++line.sending)
        await Promise.resolve()
        line.sending--
        const refusal = line.refusals.shift()
        if (refusal !== undefined) throw refusal
        log.push(...messages)
      },
    },
  })
  return { publisher, log, errors, line }
}

/** `ms` of call time, 20 ms at a time, with audio on both streams. */
function talk(publisher: Publisher, call: PublishedCall, line: { nowMs: number }, ms: number): void {
  for (let spent = 0; spent < ms; spent += 20) {
    line.nowMs += 20
    for (const id of ['far', 'near']) call.audio(id, new Uint8Array(160).fill(7), (call.atMs() - 20) * 8)
    publisher.tick()
  }
}

function events(log: readonly WireMessage[]): CallEvent[] {
  return log.map((message) => {
    const decoded = decodeCallEvent(message)
    if (!decoded.ok) throw new Error(decoded.detail)
    return decoded.message
  })
}

function lines(log: readonly WireMessage[]): string[] {
  return events(log).map((event) =>
    event.type === 'media'
      ? `${event.id} media ${event.runs.map(({ streamId, offset, sampleCount }) => `${streamId} ${offset}+${sampleCount}`).join(', ')}`
      : `${event.id} ${event.type}${'atMs' in event.data && typeof event.data.atMs === 'number' ? ` ${event.data.atMs}` : ''}`,
  )
}

const TIME_ZERO_MS = 1_003_000

function begin(hooks: CallHooks = {}, pace: { readingTakesMs?: number } = {}) {
  const all = platform(pace)
  const call = all.publisher.startCall(STARTED, hooks)
  all.line.nowMs = TIME_ZERO_MS
  call.answered(ANSWERED, TIME_ZERO_MS)
  return { ...all, call }
}

const ask = (publisher: Publisher, id: string, command: CallCommand): void => publisher.obey({ callId: 'call-1', id, command })

describe('a published call', () => {
  it('is started, answered, sent about a second at a time, and ended with where each stream stopped', async () => {
    const { publisher, call, log, line } = begin()
    talk(publisher, call, line, 2_500)
    call.ended('hung-up')
    await publisher.flushed()
    expect(lines(log)).toEqual([
      'call-1-1 call.started',
      'call-1-2 call.answered',
      'call-1-3 media far 0+8000, near 0+8000',
      'call-1-4 media far 8000+8000, near 8000+8000',
      'call-1-5 media far 16000+4000, near 16000+4000',
      'call-1-6 call.ended 2500',
    ])
    const last = events(log).at(-1)
    expect(last?.type === 'call.ended' && last.data.finalSamples).toEqual([
      { streamId: 'far', sampleOffset: 20_000 },
      { streamId: 'near', sampleOffset: 20_000 },
    ])
  })

  it('declares what its hooks can do', async () => {
    const { publisher, log } = begin({ play: async () => {} })
    await publisher.flushed()
    const [started] = events(log)
    expect(started?.type === 'call.started' && started.data.capabilities).toEqual({ prompts: 'obeys', gate: true, indicator: false })
  })

  it('shows a gap as a jump, and of a silent stream where its clock stands', async () => {
    const { publisher, call, log, line } = begin()
    line.nowMs += 900
    call.audio('far', new Uint8Array(80), 0)
    call.audio('far', new Uint8Array(80), 800)
    line.nowMs += 100
    publisher.tick()
    await publisher.flushed()
    expect(lines(log).at(-1)).toBe('call-1-3 media far 0+80, far 800+80, near 8000+0')
  })

  it('ends what was said before a change of format ahead of it', async () => {
    const { publisher, call, log, line } = begin()
    talk(publisher, call, line, 200)
    call.happened('stream.changed', { stream: { streamId: 'far', participantIds: ['caller'], codec: 'L16', sampleRateHz: 16_000 } })
    line.nowMs += 20
    call.audio('far', new Uint8Array(640), 3_200)
    line.nowMs += 800
    publisher.tick()
    await publisher.flushed()
    expect(lines(log).slice(2)).toEqual(['call-1-3 media far 0+1600, near 0+1600', 'call-1-4 stream.changed 200', 'call-1-5 media near 8160+0, far 3200+320'])
  })

  it('refuses audio of a stream that nobody declared', () => {
    const { call } = begin()
    expect(() => call.audio('other', new Uint8Array(160))).toThrow('has no stream other now')
  })
})

describe('asked by the recorder', () => {
  it('plays one prompt after the other and says when each was heard; of one too late that it expired', async () => {
    const playing: (() => void)[] = []
    const { publisher, log, line } = begin({ play: () => new Promise((resolve) => void playing.push(resolve)) })
    ask(publisher, 'c1', { type: 'prompt.play', data: { promptId: 'p1', prompt: 'recording-started', atMs: 0 } })
    ask(publisher, 'c1', { type: 'prompt.play', data: { promptId: 'p1', prompt: 'recording-started', atMs: 0 } })
    ask(publisher, 'c2', { type: 'prompt.play', data: { promptId: 'p2', prompt: 'tone', atMs: 0, expiresAtMs: 500 } })
    await expect.poll(() => playing.length).toBe(1)
    line.nowMs += 1_000
    playing[0]?.()
    await expect.poll(() => log.length).toBe(4)
    expect(events(log).flatMap((event) => (event.type === 'prompt.finished' ? [event.data] : []))).toEqual([
      { promptId: 'p1', outcome: 'played', fromMs: 0, toMs: 1_000, atMs: 1_000 },
      { promptId: 'p2', outcome: 'expired', atMs: 1_000 },
    ])
    expect(playing).toHaveLength(1)
  })

  it('says of a prompt that it can’t play that it failed', async () => {
    const { publisher, log } = begin({ play: () => Promise.reject(new Error('no such file')) })
    ask(publisher, 'c1', { type: 'prompt.play', data: { promptId: 'p1', prompt: 'recording-started', atMs: 0 } })
    await expect.poll(() => lines(log).at(-1)).toBe('call-1-3 prompt.finished 0')
    expect(events(log).at(-1)).toMatchObject({ data: { promptId: 'p1', outcome: 'failed' } })
  })

  it('sends nothing that is said behind a shut gate, shows that the call lives, and goes on where it opens', async () => {
    const { publisher, call, log, line } = begin()
    talk(publisher, call, line, 1_500)
    ask(publisher, 'c1', { type: 'gate.close', data: { sequence: 1, atMs: 1_400 } })
    talk(publisher, call, line, 6_000)
    ask(publisher, 'c2', { type: 'gate.open', data: { sequence: 2, atMs: 7_400 } })
    ask(publisher, 'c3', { type: 'gate.close', data: { sequence: 1, atMs: 1_400 } })
    call.audio('far', new Uint8Array(160), 59_840)
    talk(publisher, call, line, 500)
    await publisher.flushed()
    expect(lines(log).slice(3)).toEqual([
      'call-1-4 media far 8000+4000, near 8000+4000',
      'call-1-5 gate.closed 1500',
      'call-1-6 media far 52000+0, near 52000+0',
      'call-1-7 gate.opened 7500',
      'call-1-8 media far 60000+4000, near 60000+4000',
    ])
  })

  it('shuts when the audio from before has been handed over, by every stream that still has any', async () => {
    const { publisher, call, log, line } = begin()
    talk(publisher, call, line, 1_380)
    line.nowMs += 20
    call.audio('near', new Uint8Array(160), 11_040)
    line.nowMs += 7
    ask(publisher, 'c1', { type: 'gate.close', data: { sequence: 1, atMs: 1_402 } })
    line.nowMs += 33
    call.audio('near', new Uint8Array(320), 11_200)
    await publisher.flushed()
    expect(lines(log).at(-1)).toBe('call-1-3 media far 0+8000, near 0+8000')
    call.audio('far', new Uint8Array(480), 11_040)
    await publisher.flushed()
    expect(lines(log).slice(3)).toEqual(['call-1-4 media far 8000+3256, near 8000+3256', 'call-1-5 gate.closed 1407'])
    call.audio('far', new Uint8Array(480), 11_520)
    line.nowMs += 5_100
    publisher.tick()
    await publisher.flushed()
    expect(lines(log).slice(5)).toEqual(['call-1-6 media far 52320+0, near 52320+0'])
  })

  it('waits for nobody on hold, and a quarter of a second for whoever falls silent', async () => {
    const { publisher, call, log, line } = begin()
    talk(publisher, call, line, 200)
    for (let spent = 0; spent < 1_300; spent += 20) {
      line.nowMs += 20
      call.audio('far', new Uint8Array(160), (call.atMs() - 20) * 8)
      publisher.tick()
    }
    ask(publisher, 'c1', { type: 'gate.close', data: { sequence: 1, atMs: 1_480 } })
    await publisher.flushed()
    expect(lines(log).at(-1)).toBe('call-1-5 gate.closed 1500')
    ask(publisher, 'c2', { type: 'gate.open', data: { sequence: 2, atMs: 1_500 } })
    talk(publisher, call, line, 100)
    line.nowMs += 5
    ask(publisher, 'c3', { type: 'gate.close', data: { sequence: 3, atMs: 1_600 } })
    line.nowMs += 249
    publisher.tick()
    await publisher.flushed()
    expect(lines(log).at(-1)).not.toContain('gate.closed')
    line.nowMs += 1
    publisher.tick()
    await publisher.flushed()
    expect(lines(log).slice(-2)).toEqual(['call-1-7 media far 12000+800, near 12000+800', 'call-1-8 gate.closed 1605'])
  })

  it('says that the gate was shut before it opens again, or the call ends', async () => {
    const { publisher, call, log, line } = begin()
    talk(publisher, call, line, 200)
    line.nowMs += 5
    ask(publisher, 'c1', { type: 'gate.close', data: { sequence: 1, atMs: 200 } })
    line.nowMs += 5
    ask(publisher, 'c2', { type: 'gate.open', data: { sequence: 2, atMs: 205 } })
    line.nowMs += 10
    call.audio('far', new Uint8Array(160), 1_600)
    ask(publisher, 'c3', { type: 'gate.close', data: { sequence: 3, atMs: 220 } })
    call.ended()
    await publisher.flushed()
    expect(lines(log).slice(2)).toEqual([
      'call-1-3 media far 0+1600, near 0+1600',
      'call-1-4 gate.closed 205',
      'call-1-5 gate.opened 210',
      'call-1-6 media far 1680+80, near 1760+0',
      'call-1-7 gate.closed 220',
      'call-1-8 call.ended 220',
    ])
  })

  it('shuts at once where audio comes without offsets, and goes on at the clock when it opens', async () => {
    const { publisher, call, log, line } = begin()
    const speak = (ms: number): void => {
      for (let spent = 0; spent < ms; spent += 20) {
        line.nowMs += 20
        for (const id of ['far', 'near']) call.audio(id, new Uint8Array(160))
        publisher.tick()
      }
    }
    line.nowMs += 300
    speak(400)
    ask(publisher, 'c1', { type: 'gate.close', data: { sequence: 1, atMs: 700 } })
    speak(3_000)
    ask(publisher, 'c2', { type: 'gate.open', data: { sequence: 2, atMs: 3_700 } })
    speak(100)
    call.ended()
    await publisher.flushed()
    expect(lines(log).slice(2)).toEqual([
      'call-1-3 media far 0+3200, near 0+3200',
      'call-1-4 gate.closed 700',
      'call-1-5 gate.opened 3700',
      'call-1-6 media far 29600+800, near 29600+800',
      'call-1-7 call.ended 3800',
    ])
  })

  it('shuts also without ticks, ahead of what is said next, and by no command that is older', async () => {
    const { publisher, call, log, line } = begin()
    talk(publisher, call, line, 400)
    line.nowMs += 5
    ask(publisher, 'c1', { type: 'gate.close', data: { sequence: 3, atMs: 400 } })
    ask(publisher, 'c2', { type: 'gate.open', data: { sequence: 2, atMs: 300 } })
    line.nowMs += 5
    call.happened('call.held', { participantId: 'desk' })
    line.nowMs += 300
    call.happened('call.retrieved', { participantId: 'desk' })
    await publisher.flushed()
    expect(lines(log).slice(2)).toEqual([
      'call-1-3 media far 0+3200, near 0+3200',
      'call-1-4 call.held 410',
      'call-1-5 gate.closed 405',
      'call-1-6 call.retrieved 710',
    ])
  })

  it('is shut by whoever goes on with the call, who lets out nothing from after it', async () => {
    const first = begin()
    talk(first.publisher, first.call, first.line, 400)
    first.line.nowMs += 5
    ask(first.publisher, 'c1', { type: 'gate.close', data: { sequence: 1, atMs: 400 } })
    await first.publisher.flushed()
    const second = platform()
    second.line.nowMs = first.line.nowMs + 95
    const call = second.publisher.resumeCall(structuredClone(first.call.state()))
    talk(second.publisher, call, second.line, 400)
    await second.publisher.flushed()
    expect(lines(second.log).map((line) => line.slice(line.indexOf(' ') + 1))).toEqual(['media far 3240+0, near 3240+0', 'gate.closed 405'])
  })

  it('cuts the audio where its answers say, also on a machine so busy that the clock goes on between any two lines', async () => {
    const { publisher, call, log, line } = begin({}, { readingTakesMs: 3 })
    const speakUntilNow = (from: number): void => call.audio('far', new Uint8Array((line.nowMs - TIME_ZERO_MS) * 8 - from), from)
    line.nowMs += 500
    speakUntilNow(0)
    ask(publisher, 'c1', { type: 'gate.close', data: { sequence: 1, atMs: 400 } })
    line.nowMs += 2_000
    ask(publisher, 'c2', { type: 'gate.open', data: { sequence: 2, atMs: 2_400 } })
    line.nowMs += 1_000
    // A platform that hands over late has samples from behind the gate among them.
    speakUntilNow(8_000)
    publisher.tick()
    await publisher.flushed()
    const [, , before, closed, opened, after] = events(log)
    const [last, first] = [before, after].map((event) => (event?.type === 'media' ? event.runs[0] : undefined))
    expect([closed, opened].map((event) => event?.type)).toEqual(['gate.closed', 'gate.opened'])
    const atMsOf = (event: CallEvent | undefined): number => (event?.type === 'gate.closed' || event?.type === 'gate.opened' ? (event.data.atMs ?? NaN) : NaN)
    expect((last?.offset ?? 0) + (last?.sampleCount ?? 0)).toBeLessThanOrEqual(atMsOf(closed) * 8)
    expect(first).toMatchObject({ streamId: 'far', offset: atMsOf(opened) * 8 })
  })

  it('tells the platform of icons, rejected keys and a call that must end', () => {
    const told: string[] = []
    const { publisher } = begin({ indicator: () => told.push('icon'), rejected: ({ reason }) => told.push(reason), release: () => told.push('release') })
    ask(publisher, 'c1', { type: 'indicator.update', data: { userId: 'ada', participantIds: ['desk'], indicator: 'recording', atMs: 0 } })
    ask(publisher, 'c2', { type: 'control.rejected', data: { eventId: 'x', control: 'pause', reason: 'not-recording', atMs: 0 } })
    ask(publisher, 'c3', { type: 'call.release', data: { reason: 'announcement-failed', atMs: 0 } })
    expect(told).toEqual(['icon', 'not-recording', 'release'])
  })
})

describe('a log that is away', () => {
  it('is asked again, one request at a time, so that nothing overtakes anything', async () => {
    const { publisher, call, log, line } = begin()
    line.refusals = [1, 2].map(() => Object.assign(new Error('away'), { retriable: true }))
    talk(publisher, call, line, 3_000)
    call.ended()
    await publisher.flushed()
    expect(events(log).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6].map((number) => `call-1-${number}`))
    expect(line.mostSending).toBe(1)
  })

  it('that refuses for good ends the publishing, and the next process goes on under ids of its own', async () => {
    const first = begin()
    await first.publisher.flushed()
    first.line.refusals = [new Error('not allowed')]
    talk(first.publisher, first.call, first.line, 1_000)
    await expect(first.publisher.flushed()).rejects.toThrow('not allowed')
    expect(first.errors).toHaveLength(1)
    expect(() => first.call.ended()).toThrow('not allowed')

    const second = platform()
    second.line.nowMs = first.line.nowMs + 4_000
    const call = second.publisher.resumeCall(structuredClone(first.call.state()))
    expect(call.atMs()).toBe(5_000)
    talk(second.publisher, call, second.line, 1_000)
    await second.publisher.flushed()
    const [repeated, next] = lines(second.log)
    expect(repeated).toBe('call-1-3 media far 0+8000, near 0+8000')
    expect(next).toMatch(/^call-1\.\w+-1 media far 40000\+160, near 40000\+160$/)
  })
})

it('publishes into a log of this machine too', async () => {
  const log = await openSqliteLog({ path: ':memory:' })
  await log.ensureTopics([{ topic: TOPICS.calls, partitions: 1 }])
  let nowMs = 1_000_000
  const publisher = createPublisher({ transport: logTransport(log), source: '/test', clock: { now: () => nowMs, wait: async () => {} }, onError: () => {} })
  const call = publisher.startCall(STARTED)
  call.answered(ANSWERED)
  nowMs += 1_000
  publisher.tick()
  call.ended()
  await publisher.flushed()
  const { records } = await log.read({ topic: TOPICS.calls, partition: 0, fromOffset: 1 })
  await log.close()
  expect(lines(records.map(({ key, headers, value }) => ({ key, headers: { ...headers }, value: value ?? new Uint8Array() })))).toEqual([
    'call-1-1 call.started',
    'call-1-2 call.answered',
    'call-1-3 media far 8000+0, near 8000+0',
    'call-1-4 call.ended 1000',
  ])
})
