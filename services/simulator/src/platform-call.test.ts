import { describe, expect, it } from 'vitest'
import type { CallCommand, PromptKind } from '@twinreel/contracts/call-commands'
import { nextOutput, obey } from './platform-call.ts'
import { createPlatformCall, type PlatformOutput } from './platform-state.ts'
import { parsePlan, type ActionInput, type CallPlanInput } from './plan.ts'

const LENGTHS: Record<PromptKind, number> = {
  'recording-started': 2_100,
  'recording-stopped': 1_700,
  'recording-paused': 1_400,
  'recording-resumed': 1_700,
  'not-recorded': 1_700,
  'pause-beep': 150,
  'resume-beep': 150,
  tone: 200,
}

type When = { atMs: number; command: CallCommand; id?: string }

/** Given a call of 10 s between a and b with these actions, when these commands come at their times: all that the platform publishes. */
function run(actions: ActionInput[], commands: When[] = [], changes: Partial<CallPlanInput> = {}) {
  const plan = parsePlan({
    callId: 'call',
    orgId: 'org',
    seed: 1,
    direction: 'outbound',
    participants: [
      { participantId: 'a', role: 'originating', userId: 'user-a' },
      { participantId: 'b', role: 'terminating', voice: 'cards' },
    ],
    answeredBy: { kind: 'participant', participantId: 'b' },
    streams: [
      { streamId: 'sa', participantIds: ['a'] },
      { streamId: 'sb', participantIds: ['b'] },
    ],
    actions: [...actions, { do: 'hang-up', atMs: 10_000 }],
    ...changes,
  })
  const call = createPlatformCall(plan, LENGTHS)
  const outputs: PlatformOutput[] = []
  const drain = (untilMs: number): void => {
    for (let output = nextOutput(call, untilMs); output !== null; output = nextOutput(call, untilMs)) outputs.push(output)
  }
  for (const [index, { atMs, command, id }] of commands.entries()) {
    drain(atMs)
    obey(call, id ?? `command-${index}`, command)
  }
  drain(Infinity)
  return { call, lines: outputs.map(line), events: outputs.flatMap((output) => (output.kind === 'event' ? [output.event] : [])) }
}

function line(output: PlatformOutput): string {
  if (output.kind === 'event' || output.kind === 'nonsense') return `${output.atMs} ${output.event.type}`
  if (output.kind === 'timer') return `${output.atMs} timer`
  if (output.kind === 'late-media') return `${output.atMs} late media`
  return `${output.atMs} media ${output.ranges.map(({ stream, from, to }) => `${stream.streamId} ${from}-${to}`).join(', ')}`
}

const play = (prompt: PromptKind, promptId: string, expiresAtMs?: number): CallCommand => ({
  type: 'prompt.play',
  data: { promptId, prompt, atMs: 0, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) },
})
const gate = (type: 'gate.close' | 'gate.open', sequence: number): CallCommand => ({ type, data: { sequence, atMs: 0 } })
const spokenIn = (lines: string[], fromMs: number, toMs: number): string[] =>
  lines.filter((text) => Number(text.split(' ')[0]) >= fromMs && Number(text.split(' ')[0]) <= toMs)

describe('a call on the platform', () => {
  it('rings, is answered, sends a batch each second, and ends with what was spoken last and where each stream stopped', () => {
    const { lines, events } = run([], [], { actions: [{ do: 'hang-up', atMs: 2_500, reason: 'busy day' }] })
    expect(lines).toEqual([
      '-2000 call.started',
      '0 call.answered',
      '1000 media sa 0-8000, sb 0-8000',
      '2000 media sa 8000-16000, sb 8000-16000',
      '2500 media sa 16000-20000, sb 16000-20000',
      '2500 call.ended',
    ])
    expect(events.at(-1)?.data).toEqual({
      atMs: 2_500,
      reason: 'busy day',
      finalSamples: [
        { streamId: 'sa', sampleOffset: 20_000 },
        { streamId: 'sb', sampleOffset: 20_000 },
      ],
    })
  })

  it('keeps voices to itself: nobody hears of them in call.started', () => {
    expect(run([]).events[0]?.data).toMatchObject({
      participants: [
        { participantId: 'a', role: 'originating', userId: 'user-a' },
        { participantId: 'b', role: 'terminating' },
      ],
    })
    expect(JSON.stringify(run([]).events[0])).not.toContain('voice')
  })

  describe('asked to play prompts', () => {
    it('plays one after the other, each in its own length, and says so', () => {
      const { events, call } = run(
        [],
        [
          { atMs: 500, command: play('recording-started', 'p1') },
          { atMs: 600, command: play('tone', 'p2') },
        ],
      )
      const finished = events.filter(({ type }) => type === 'prompt.finished').map(({ data }) => data)
      expect(finished).toEqual([
        { promptId: 'p1', outcome: 'played', fromMs: 500, toMs: 2_600, atMs: 2_600 },
        { promptId: 'p2', outcome: 'played', fromMs: 2_600, toMs: 2_800, atMs: 2_800 },
      ])
      expect(call.prompts.heard).toEqual([
        { kind: 'recording-started', fromMs: 500, toMs: 2_600 },
        { kind: 'tone', fromMs: 2_600, toMs: 2_800 },
      ])
    })

    it('says of a tone that comes to its turn too late that it expired, and goes on', () => {
      const { events } = run(
        [],
        [
          { atMs: 500, command: play('recording-started', 'p1') },
          { atMs: 500, command: play('tone', 'p2', 2_000) },
          { atMs: 500, command: play('tone', 'p3', 2_600) },
        ],
      )
      expect(events.filter(({ type }) => type === 'prompt.finished').map(({ data }) => data)).toMatchObject([
        { promptId: 'p1', outcome: 'played' },
        { promptId: 'p2', outcome: 'expired', atMs: 2_600 },
        { promptId: 'p3', outcome: 'played', fromMs: 2_600 },
      ])
    })

    it('fails announcements when it is told to, but not tones', () => {
      const { events } = run(
        [],
        [
          { atMs: 500, command: play('recording-started', 'p1') },
          { atMs: 500, command: play('tone', 'p2') },
        ],
        { announcements: 'fail' },
      )
      expect(events.filter(({ type }) => type === 'prompt.finished').map(({ data }) => data)).toMatchObject([
        { promptId: 'p1', outcome: 'failed', atMs: 500 },
        { promptId: 'p2', outcome: 'played' },
      ])
    })

    it('ignores announcements when it is told to, and all prompts when it has no player', () => {
      const commands = [{ atMs: 500, command: play('recording-started', 'p1') }]
      expect(run([], commands, { announcements: 'ignore' }).lines.join()).not.toContain('prompt')
      expect(run([], commands, { capabilities: { prompts: 'none', gate: true, indicator: true } }).lines.join()).not.toContain('prompt')
    })

    it.each<[CallPlanInput['promptFates'], string[]]>([
      [[{ fromMs: 0, which: 'tone', every: false, fate: { kind: 'fails' } }], ['p1 played 2600', 'p2 failed 2600', 'p3 played 2800']],
      [[{ fromMs: 0, which: 'tone', every: true, fate: { kind: 'expires' } }], ['p1 played 2600', 'p2 expired 2600', 'p3 expired 2600']],
      [[{ fromMs: 0, which: 'announcement', every: false, fate: { kind: 'is-ignored' } }], ['p2 played 700', 'p3 played 900']],
      [[{ fromMs: 0, which: 'prompt', every: false, fate: { kind: 'starts-late', byMs: 300 } }], ['p1 played 2900', 'p2 played 3100', 'p3 played 3300']],
      [[{ fromMs: 0, which: 'prompt', every: false, fate: { kind: 'is-reported-late', byMs: 300 } }], ['p1 played 2900', 'p2 played 3100', 'p3 played 3300']],
      [[{ fromMs: 2_700, which: 'tone', every: false, fate: { kind: 'fails' } }], ['p1 played 2600', 'p2 played 2800', 'p3 failed 2800']],
      [
        [
          { fromMs: 0, which: 'tone', every: true, fate: { kind: 'fails' } },
          { fromMs: 0, which: 'tone', every: false, fate: { kind: 'expires' } },
        ],
        ['p1 played 2600', 'p2 expired 2600', 'p3 failed 2600'],
      ],
    ])('lets prompts go as the plan says: %j', (promptFates, outcomes) => {
      const { events } = run(
        [],
        [
          { atMs: 500, command: play('recording-started', 'p1') },
          { atMs: 500, command: play('tone', 'p2') },
          { atMs: 500, command: play('tone', 'p3') },
        ],
        { promptFates },
      )
      const said = events.flatMap((event) => (event.type === 'prompt.finished' ? [event.data] : []))
      expect(said.map(({ promptId, outcome, atMs }) => `${promptId} ${outcome} ${atMs}`)).toEqual(outcomes)
    })

    it('has ended when it did, however late that is reported', () => {
      const promptFates: CallPlanInput['promptFates'] = [{ fromMs: 0, which: 'tone', every: false, fate: { kind: 'is-reported-late', byMs: 3_000 } }]
      const { events } = run([], [{ atMs: 500, command: play('tone', 'p1') }], { promptFates })
      expect(events.find(({ type }) => type === 'prompt.finished')?.data).toMatchObject({ fromMs: 500, toMs: 700, atMs: 3_700 })
    })

    it('plays a repeated command once', () => {
      const { call } = run(
        [],
        [
          { atMs: 500, id: 'same', command: play('tone', 'p1') },
          { atMs: 3_000, id: 'same', command: play('tone', 'p1') },
        ],
      )
      expect(call.prompts.heard).toHaveLength(1)
    })

    it('cuts a prompt off at the hang-up and then says nothing of it', () => {
      const { call, lines } = run(
        [],
        [
          { atMs: 9_000, command: play('recording-stopped', 'p1') },
          { atMs: 9_000, command: play('tone', 'p2') },
        ],
      )
      expect(call.prompts.heard).toEqual([{ kind: 'recording-stopped', fromMs: 9_000, toMs: 10_000 }])
      expect(lines.at(-1)).toBe('10000 call.ended')
      expect(lines.join()).not.toContain('prompt')
    })
  })

  describe('asked to shut its gate', () => {
    it('sends what was spoken up to now, says so, and then only where the clocks stand, every 5 s', () => {
      const { lines } = run([], [{ atMs: 2_300, command: gate('gate.close', 1) }])
      expect(spokenIn(lines, 2_001, 10_000)).toEqual([
        '2300 media sa 16000-18400, sb 16000-18400',
        '2300 gate.closed',
        '7300 media sa 58400-58400, sb 58400-58400',
        '10000 call.ended',
      ])
    })

    it('goes on at the sample at which it was opened again', () => {
      const { lines, events } = run(
        [],
        [
          { atMs: 2_300, command: gate('gate.close', 1) },
          { atMs: 4_321, command: gate('gate.open', 2) },
        ],
      )
      expect(spokenIn(lines, 2_301, 5_000)).toEqual(['4321 gate.opened', '5000 media sa 34568-40000, sb 34568-40000'])
      expect(events.filter(({ type }) => type.startsWith('gate')).map(({ data }) => data)).toEqual([
        { sequence: 1, atMs: 2_300 },
        { sequence: 2, atMs: 4_321 },
      ])
    })

    it('turns it late or not at all where the plan says so, and the next command takes the place of one that waits', () => {
      const turns = (gateFates: CallPlanInput['gateFates']): string[] => {
        const commands = [
          { atMs: 1_000, command: gate('gate.close', 1) },
          { atMs: 4_000, command: gate('gate.open', 2) },
        ]
        return run([], commands, { gateFates }).lines.filter((text) => text.includes('gate'))
      }
      expect(turns([{ fromMs: 0, every: false, fate: { kind: 'is-ignored' } }])).toEqual(['4000 gate.opened'])
      expect(turns([{ fromMs: 0, every: false, fate: { kind: 'is-answered-late', byMs: 2_000 } }])).toEqual(['3000 gate.closed', '4000 gate.opened'])
      expect(turns([{ fromMs: 0, every: false, fate: { kind: 'is-answered-late', byMs: 5_000 } }])).toEqual(['4000 gate.opened'])
      expect(turns([{ fromMs: 2_000, every: true, fate: { kind: 'is-ignored' } }])).toEqual(['1000 gate.closed'])
    })

    it('ignores commands older than the last one, and all of them without a gate', () => {
      const commands = [
        { atMs: 2_000, command: gate('gate.open', 5) },
        { atMs: 3_000, command: gate('gate.close', 4) },
      ]
      expect(run([], commands).lines.join()).not.toContain('gate.closed')
      expect(run([], commands, { capabilities: { prompts: 'obeys', gate: false, indicator: true } }).lines.join()).not.toContain('gate')
    })
  })

  it('publishes nothing while it is away; what sounded then is reported afterwards, and of one that restarted never', () => {
    const away = (restarts: boolean): string[] =>
      run([{ do: 'away', atMs: 2_000, forMs: 3_500, restarts }], [{ atMs: 1_000, command: play('recording-started', 'p1') }]).lines
    expect(spokenIn(away(false), 2_001, 5_499)).toEqual([])
    expect(spokenIn(away(false), 5_500, 5_500).map((text) => text.split(' ')[1])).toEqual(['media', 'prompt.finished'])
    expect(away(true).join()).not.toContain('prompt')
  })

  it('hangs up when it is released, and obeys nothing after that', () => {
    const { lines, events } = run(
      [{ do: 'hold', atMs: 8_000, participantId: 'a' }],
      [
        { atMs: 1_500, command: { type: 'call.release', data: { reason: 'announcement-failed', atMs: 0 } } },
        { atMs: 1_600, command: play('tone', 'p') },
      ],
    )
    expect(lines.slice(-2)).toEqual(['1500 media sa 8000-12000, sb 8000-12000', '1500 call.ended'])
    expect(events.at(-1)?.data).toMatchObject({ reason: 'released' })
  })

  it('keeps the icon as it was last told', () => {
    const icon = (indicator: 'recording' | 'paused'): CallCommand => ({
      type: 'indicator.update',
      data: { userId: 'user-a', participantIds: ['a'], indicator, atMs: 0 },
    })
    const { call } = run(
      [],
      [
        { atMs: 1, command: icon('recording') },
        { atMs: 2, command: icon('paused') },
      ],
    )
    expect([...call.indicators]).toEqual([['user-a', 'paused']])
  })

  describe('whose people do something', () => {
    it('publishes a control with the time of the press, without it, and later than it was', () => {
      const { events, lines } = run([
        { do: 'control', control: 'pause', userId: 'user-a', atMs: 3_000, stamped: false, via: 'api' },
        { do: 'control', control: 'resume', userId: 'user-a', atMs: 4_100, delayMs: 1_500 },
      ])
      expect(events.filter(({ type }) => type.startsWith('control')).map(({ data }) => data)).toEqual([
        { userId: 'user-a', via: 'api' },
        { userId: 'user-a', via: 'softkey', atMs: 4_100 },
      ])
      expect(lines.indexOf('3000 control.pause')).toBe(lines.indexOf('3000 media sa 16000-24000, sb 16000-24000') + 1)
      expect(lines.indexOf('4100 control.resume')).toBe(lines.indexOf('5000 media sa 32000-40000, sb 32000-40000') + 1)
    })

    it('sends nothing on the stream of whoever holds in silence', () => {
      const { lines, call } = run([
        { do: 'hold', atMs: 2_000, participantId: 'a', silent: true },
        { do: 'retrieve', atMs: 3_500, participantId: 'a' },
      ])
      expect(spokenIn(lines, 2_001, 4_000)).toEqual([
        '3000 media sa 24000-24000, sb 16000-24000',
        '3500 media sa 28000-28000, sb 24000-28000',
        '3500 call.retrieved',
        '4000 media sa 28000-32000, sb 28000-32000',
      ])
      expect(call.streams[0]?.silences).toEqual([[16_000, 28_000]])
    })

    it('opens a stream for who joins and ends that of who leaves, and remembers every user', () => {
      const { lines, call, events } = run([
        {
          do: 'join',
          atMs: 2_500,
          participant: { participantId: 'c', role: 'terminating', userId: 'user-c' },
          streams: [{ streamId: 'sc', participantIds: ['c'] }],
        },
        { do: 'leave', atMs: 3_200, participantId: 'a', reason: 'transfer' },
      ])
      expect(spokenIn(lines, 2_500, 4_000)).toEqual([
        '2500 participant.joined',
        '3000 media sa 16000-24000, sb 16000-24000, sc 20000-24000',
        '3200 media sa 24000-25600, sb 24000-25600, sc 24000-25600',
        '3200 participant.left',
        '4000 media sb 25600-32000, sc 25600-32000',
      ])
      expect([...call.users]).toEqual(['user-a', 'user-c'])
      expect(events.at(-1)?.data).toMatchObject({
        finalSamples: [
          { streamId: 'sa', sampleOffset: 25_600 },
          { streamId: 'sb', sampleOffset: 80_000 },
          { streamId: 'sc', sampleOffset: 80_000 },
        ],
      })
    })

    it('counts in the new rate from a renegotiation on, with all older audio ahead of it', () => {
      const { lines } = run([{ do: 'renegotiate', atMs: 2_500, streamId: 'sa', codec: 'L16', sampleRateHz: 16_000 }])
      expect(spokenIn(lines, 2_001, 3_000)).toEqual([
        '2500 media sa 16000-20000, sb 16000-20000',
        '2500 stream.changed',
        '3000 media sb 20000-24000, sa 40000-48000',
      ])
    })
  })
})
