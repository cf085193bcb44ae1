import { describe, expect, test } from 'vitest'
import type { SettingsInput } from '../settings.ts'
import { answer, end, given, headOf, media, press, run, silence, talk, type Call } from './testing/call.ts'
import { participant, streamOf } from './testing/people.ts'
import { captured, counted, deadLetters, endings, marks, markKinds, segments, told } from './testing/seen.ts'

const PAUSABLE: SettingsInput = { mode: 'always-pause-resume' }
const live = (untilMs = 5_000, rules = {}): Call => talk(answer(given({ settings: { alice: PAUSABLE }, rules })), untilMs)

describe('segments', () => {
  test('are sealed when full, more than two seconds behind the audio, and at the end', () => {
    const call = live(62_000)
    expect(segments(call, 'alice')).toEqual([])
    talk(call, 62_001)
    expect(segments(call, 'alice')).toMatchObject([{ index: 0, fromMs: 0, toMs: 60_000 }])
    end(talk(call, 70_000), 70_000)
    expect(segments(call, 'alice')).toMatchObject([{ index: 0 }, { index: 1, fromMs: 60_000, toMs: 70_000 }])
  })

  test('are as long as the organization chose', () => {
    const call = live(25_000, { segmentSeconds: 10 })
    end(call, 25_000)
    expect(segments(call, 'alice').map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [0, 10_000],
      [10_000, 20_000],
      [20_000, 25_000],
    ])
  })

  test('end at a pause', () => {
    const call = live()
    press(call, 'alice', 'pause')
    expect(segments(call, 'alice')).toEqual([])
    talk(call, 7_001)
    expect(segments(call, 'alice')).toMatchObject([{ fromMs: 0, toMs: 5_000 }])
  })

  test('hold both ends: the owner’s left, everyone else’s right', () => {
    const call = talk(answer(given({ settings: { alice: PAUSABLE, bob: PAUSABLE } })), 3_000)
    end(call, 3_000)
    expect(segments(call, 'alice')).toMatchObject([{ near: [{ streamId: 'alice-audio' }], far: [{ streamId: 'bob-audio' }] }])
    expect(segments(call, 'bob')).toMatchObject([{ near: [{ streamId: 'bob-audio' }], far: [{ streamId: 'alice-audio' }] }])
  })

  test('never exceed their length though the clock jumps by minutes, and name what is missing', () => {
    const call = live()
    media(call, 199_000, 200_000)
    media(call, 200_000, 201_000)
    expect(segments(call, 'alice').map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [0, 60_000],
      [60_000, 120_000],
      [120_000, 180_000],
    ])
    end(call, 201_000)
    talk(call, 203_001)
    expect(endings(call, 'alice')).toMatchObject([{ totals: { capturedMs: 201_000, lostMs: 2 * 195_000, segments: 4 } }])
  })
})

describe('where a control cuts', () => {
  test('a control cuts on its own sample though the audio has gone on', () => {
    const call = live(6_321)
    press(call, 'alice', 'pause', 4_321)
    end(talk(call, 8_000), 8_000)
    expect(captured(call, 'alice')).toEqual([[0, 4_321]])
    expect(markKinds(call, 'alice')).not.toContain('control-late')
  })

  test('one without a clock of its own cuts where the audio is', () => {
    const call = live(4_000)
    media(call, 4_000, 4_567)
    press(call, 'alice', 'pause')
    end(call, 4_567)
    expect(captured(call, 'alice')).toEqual([[0, 4_567]])
  })

  test('one that is later than the seal cuts from the seal on, and that is told', () => {
    const call = live(70_000)
    press(call, 'alice', 'pause', 55_000)
    end(call, 70_000)
    expect(captured(call, 'alice')).toEqual([[0, 60_000]])
    expect(marks(call, 'alice')).toContainEqual(expect.objectContaining({ atMs: 60_000, what: { kind: 'control-late', control: 'pause', askedMs: 55_000 } }))
  })

  test('a resume that is later than what is kept begins with what is kept, and that is told', () => {
    const call = live()
    press(call, 'alice', 'pause')
    media(call, 20_000, 20_000)
    press(call, 'alice', 'resume', 10_000)
    end(call, 20_000)
    silence(call, 2_000)
    expect(captured(call, 'alice')).toEqual([
      [0, 5_000],
      [18_000, 20_000],
    ])
    expect(markKinds(call, 'alice')).toContain('control-late')
  })

  test('one that is refused leaves no trace, however late', () => {
    const call = live(70_000)
    expect(told(press(call, 'alice', 'resume', 1_000))).toEqual(['reject resume: not-paused'])
    end(call, 70_000)
    expect(markKinds(call, 'alice')).toEqual(['started', 'ended'])
  })

  test('one from the future takes effect there, but no further than a publisher batches', () => {
    const call = live()
    press(call, 'alice', 'pause', 6_000)
    end(talk(call, 8_000), 8_000)
    expect(captured(call, 'alice')).toEqual([[0, 6_000]])
    const far = live()
    press(far, 'alice', 'pause', 400_000_000)
    end(talk(far, 20_000), 20_000)
    expect(captured(far, 'alice')).toEqual([[0, 15_000]])
  })

  test('one never reaches behind the one before', () => {
    const call = live()
    press(call, 'alice', 'pause', 4_000)
    press(call, 'alice', 'resume', 3_000)
    press(call, 'alice', 'pause', 1_000)
    end(call, 5_000)
    expect(captured(call, 'alice')).toEqual([[0, 4_000]])
  })
})

describe('twice and late', () => {
  test('audio that comes twice is placed once and counted', () => {
    const call = live()
    media(call, 4_500, 5_500)
    expect(counted(call.latest)).toEqual(['duplicate-audio: 500', 'duplicate-audio: 500'])
    expect(call.latest.placed).toEqual([
      { runIndex: 0, trackId: 'alice-audio#0' },
      { runIndex: 1, trackId: 'bob-audio#0' },
    ])
    media(call, 4_500, 5_500)
    expect(call.latest.placed).toEqual([])
  })

  test('audio out of order finds its place while it is not sealed', () => {
    const call = live()
    media(call, 6_000, 7_000)
    media(call, 5_000, 6_000)
    end(call, 7_000)
    expect(endings(call, 'alice')).toMatchObject([{ totals: { capturedMs: 7_000, lostMs: 0 } }])
  })

  test('audio behind a seal is counted with its interval and not spliced in', () => {
    const call = live(4_000)
    media(call, 5_000, 6_000)
    talk(call, 62_001)
    media(call, 4_000, 5_000)
    expect(counted(call.latest)).toEqual(['late-audio: 1000', 'late-audio: 1000'])
    media(call, 4_000, 5_000)
    expect(counted(call.latest)).toEqual(['duplicate-audio: 1000', 'duplicate-audio: 1000'])
    end(call, 62_001)
    expect(marks(call, 'alice').filter(({ what }) => what.kind === 'late-audio')).toMatchObject([
      { what: { streamId: 'alice-audio', fromMs: 4_000, toMs: 5_000 } },
      { what: { streamId: 'bob-audio' } },
    ])
    expect(call.effects).toContainEqual(expect.objectContaining({ kind: 'ledger', lateMs: 2_000 }))
    expect(segments(call, 'alice')[0]?.losses).toHaveLength(2)
  })
})

describe('streams', () => {
  test('a stream that changes its codec goes on as another track of the same channel', () => {
    const call = live()
    call.tell('stream.changed', { stream: streamOf('bob', { codec: 'PCMA', sampleRateHz: 16_000 }), atMs: 5_000 })
    media(call, 5_000, 6_000, ['alice'])
    call.send({ ...headOf(call), type: 'media', runs: [{ streamId: 'bob-audio', offset: 5_000 * 16, sampleCount: 16_000, bytes: new Uint8Array(16_000) }] })
    call.tell('call.ended', { atMs: 6_000, finalSamples: [] })
    expect(segments(call, 'alice')).toMatchObject([
      {
        format: { codec: 'PCMU', sampleRateHz: 8_000 },
        losses: [],
        far: [
          { trackId: 'bob-audio#0', toMs: 5_000 },
          { trackId: 'bob-audio#1', format: { codec: 'PCMA', sampleRateHz: 16_000 } },
        ],
      },
    ])
  })

  test('a change that changes nothing is none', () => {
    const call = live()
    call.tell('stream.changed', { stream: streamOf('bob'), atMs: 5_000 })
    expect(Object.keys(call.state?.tracks ?? {})).toEqual(['alice-audio#0', 'bob-audio#0'])
  })

  test('a stream of other people is another track', () => {
    const call = live()
    call.tell('stream.changed', { stream: { ...streamOf('bob'), participantIds: ['bob', 'carol'] }, atMs: 5_000 })
    expect(Object.keys(call.state?.tracks ?? {})).toContain('bob-audio#1')
  })

  test('what a stream was before is forgotten once it is sealed', () => {
    const call = live()
    for (let at = 5_000; at < 200_000; at += 1_000) {
      call.tell('stream.changed', { stream: { ...streamOf('bob'), participantIds: ['bob', `guest-${at}`] }, atMs: at })
      media(call, at, at + 1_000)
    }
    expect(Object.keys(call.state?.tracks ?? {}).length).toBeLessThan(70)
    expect(call.state?.streams['bob-audio']).toBe('bob-audio#195')
  })

  test('what is kept is what arrived when all agree, else linear at the highest rate', () => {
    const wide = answer(given({ settings: { alice: PAUSABLE } }), undefined, [
      streamOf('alice', { codec: 'PCMA', sampleRateHz: 8_000 }),
      streamOf('bob', { codec: 'L16', sampleRateHz: 16_000 }),
    ])
    call16(wide)
    expect(segments(wide, 'alice')).toMatchObject([{ format: { codec: 'L16', sampleRateHz: 16_000 }, losses: [] }])
    const none = answer(given({ settings: { alice: PAUSABLE } }), undefined, [])
    end(none, 1_000)
    expect(segments(none, 'alice')).toMatchObject([{ format: { codec: 'PCMU', sampleRateHz: 8_000 }, near: [], far: [] }])
  })

  test('somebody heard from the middle of a segment on is not missed before', () => {
    const call = given({ settings: { alice: PAUSABLE }, participants: [participant('alice'), participant('bob'), participant('carol')] })
    answer(call, undefined, [streamOf('alice')])
    media(call, 0, 3_000, ['alice'])
    call.tell('stream.added', { stream: streamOf('bob'), atMs: 3_000 })
    media(call, 3_000, 5_000)
    end(call, 5_000)
    expect(segments(call, 'alice')).toMatchObject([{ losses: [] }])
  })

  test('a rate whose samples are no whole milliseconds never tells of losses outside the segment', () => {
    const call = answer(given({ settings: { alice: PAUSABLE } }), undefined, [streamOf('alice', { codec: 'PCMU', sampleRateHz: 11_025 })])
    media(call, 0, 1_003, [])
    press(call, 'alice', 'pause', 1_001)
    press(call, 'alice', 'resume', 1_002)
    end(call, 1_003, { whole: false })
    call.tell('timer.due', { atMs: 4_000, after: call.state?.last ?? { source: '', id: '' } })
    for (const { fromMs, toMs, losses } of segments(call, 'alice')) expect(losses).toEqual([{ channel: 'near', streamId: 'alice-audio', fromMs, toMs }])
  })
})

function call16(call: Call): void {
  const bytes = new Uint8Array(32_000)
  call.send({ ...headOf(call), type: 'media', runs: [run('alice', 0, 1_000), { streamId: 'bob-audio', offset: 0, sampleCount: 16_000, bytes }] })
  call.tell('call.ended', { atMs: 1_000, finalSamples: [] })
}

describe('audio that can’t be taken', () => {
  test('is refused with the reason, once a message', () => {
    const call = live()
    media(call, 5_000, 6_000, ['nobody', 'constructor', 'alice'])
    expect(deadLetters(call.latest)).toEqual(['unknown-stream'])
    expect(call.latest.placed).toEqual([{ runIndex: 2, trackId: 'alice-audio#0' }])
    call.send({
      ...headOf(call),
      type: 'media',
      runs: [
        { ...run('alice', 6_000, 7_000), bytes: new Uint8Array(1) },
        { ...run('bob', 6_000, 7_000), bytes: new Uint8Array(1) },
      ],
    })
    expect(deadLetters(call.latest)).toEqual(['invalid-media'])
  })

  test('is refused when it is crumbled into more pieces than anyone loses', () => {
    const call = answer(given({ settings: { alice: PAUSABLE } }))
    for (let first = 0; first < 9_000; first += 1_000) {
      const runs = Array.from({ length: 1_000 }, (_, i) => ({ streamId: 'alice-audio', offset: 2 * (first + i), sampleCount: 1, bytes: new Uint8Array(1) }))
      call.send({ ...headOf(call), type: 'media', runs })
    }
    expect(deadLetters(call)).toEqual(['invalid-media'])
    expect(call.state?.tracks['alice-audio#0']?.received).toHaveLength(8_192)
    media(call, 0, 2_000, ['alice'])
    expect(deadLetters(call.latest)).toEqual([])
  })
})
