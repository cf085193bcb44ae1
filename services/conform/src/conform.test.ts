import { describe, expect, it } from 'vitest'
import { fromBinary, toStructured } from '@twinreel/contracts/cloudevents'
import { decodeMedia, encodeMedia } from '@twinreel/contracts/media'
import { conformityOf } from './conform.ts'
import { RULES, type Code } from './rules.ts'
import { BAD_AUDIO } from './testing/bad-audio.ts'
import { BAD_MESSAGES } from './testing/bad-messages.ts'
import { CALL, goodCall, PARTITIONS, spoken, TIME_ZERO_MS, type Said } from './testing/good-call.ts'
import { barelyAlive, change, data, drop, header, runs, spoilt, timeless, undisturbed, valued, type Spoil } from './testing/spoil.ts'

const BAD = [...BAD_MESSAGES, ...BAD_AUDIO]

function codesOf(call: Said[]): string[] {
  return conformityOf(
    call.map(({ message }) => message),
    { partitions: PARTITIONS },
  ).findings.map(({ code, examples }) => `${code}${code in RULES ? '' : '?'}${process.env['TELL'] === undefined ? '' : ` ${JSON.stringify(examples[0])}`}`)
}

describe('good traffic', () => {
  it('is found to be good', () => {
    expect(codesOf(goodCall())).toEqual([])
    expect(codesOf(goodCall(CALL, { codec: 'L16' }))).toEqual([])
  })

  it('may end behind a shut gate', () => {
    const untilShut = goodCall().filter(({ what, atMs }) => what === 'call.ended' || atMs <= 30_000)
    const ended = data('call.ended', () => ({
      atMs: 30_500,
      finalSamples: ['far', 'near', 'third'].map((streamId) => ({ streamId, sampleOffset: streamId === 'third' ? 160_000 : 244_000 })),
    }))
    expect(codesOf(spoilt(header('call.ended', 'ce_time', new Date(TIME_ZERO_MS + 30_500).toISOString()), ended)(untilShut))).toEqual([])
  })

  it('may leave out a side that is on hold, to the end or until it is back, however long', () => {
    const onHold = (untilMs: number): Spoil =>
      spoilt(
        undisturbed,
        data('call.held', (held) => ({ ...held, atMs: 2_000 })),
        drop('call.retrieved'),
        runs(
          (all) => all.filter(({ streamId }) => streamId !== 'near'),
          (atMs) => atMs > 2_000 && atMs <= untilMs,
        ),
      )
    expect(codesOf(onHold(40_000)(goodCall()))).toEqual([])
    const retrieved = goodCall().find(({ what }) => what === 'call.retrieved')
    const isBack: Spoil = (call) => (retrieved === undefined ? call : [...call, { ...retrieved, atMs: 38_000 }].toSorted((a, b) => a.atMs - b.atMs))
    const when = spoilt(
      data('call.retrieved', (back) => ({ ...back, atMs: 38_000 })),
      header('call.retrieved', 'ce_time', new Date(TIME_ZERO_MS + 38_000).toISOString()),
    )
    expect(codesOf(spoilt(onHold(38_000), isBack, when)(goodCall()))).toEqual([])
  })

  it('may have fields of the platform’s own, named as it likes', () => {
    expect(codesOf(data('call.started', (started) => ({ ...started, acme: { user_id: 7, callType: 'x', trunk: { at_ms: 1 } } }))(goodCall()))).toEqual([])
  })

  it('may come twice, in structured mode, and from another process after one that died', () => {
    const twice = goodCall().flatMap((said) => [said, said])
    expect(codesOf(twice)).toEqual([])
    const structured = change('call.held', ({ headers, value }) => ({
      headers: { 'content-type': 'application/cloudevents+json' },
      ...valued(toStructured(fromBinary(headers, value ?? new Uint8Array()))),
    }))
    expect(codesOf(structured(goodCall()))).toEqual([])
    // JSON as base64 is JSON too (CloudEvents JSON format 1.0 §3.1), and media types have no case.
    const inBase64 = change('call.started', ({ headers, value }) => {
      const { data: _, ...envelope } = toStructured(fromBinary(headers, value ?? new Uint8Array()))
      return {
        headers: { 'content-type': 'Application/CloudEvents+JSON; charset=UTF-8' },
        ...valued({ ...envelope, data_base64: Buffer.from(value ?? []).toString('base64') }),
      }
    })
    expect(codesOf(inBase64(goodCall()))).toEqual([])
    const handed = goodCall().map((said) =>
      said.atMs <= 10_000 ? said : { ...said, message: { ...said.message, headers: { ...said.message.headers, ce_source: '/node-2' } } },
    )
    expect(codesOf(handed)).toEqual([])
  })
})

describe('bad traffic', () => {
  it.each(BAD)('%s is %s', (_, code, spoil) => {
    expect(codesOf(spoil(goodCall()))).toEqual([code])
  })

  it('is told by what it leads to as well: audio behind a long gap is refused for want of a time', () => {
    expect(codesOf(spoilt(barelyAlive, timeless)(goodCall()))).toEqual(['offset-far-ahead', 'media-without-time'])
  })

  it('of a call that declares a stream anew with another codec is judged by the new one', () => {
    const anew = spoilt(
      data('participant.joined', (joined) => ({
        ...joined,
        streams: [...(joined['streams'] as object[]), { streamId: 'far', participantIds: ['caller'], codec: 'L16', sampleRateHz: 8_000 }],
      })),
      runs(
        (all, atMs) => all.map((run) => (run.streamId === 'far' && run.sampleCount > 0 ? spoken('far', atMs - 1_000, atMs, 'L16') : run)),
        (atMs) => atMs > 12_000,
      ),
    )
    expect(codesOf(anew(goodCall()))).toEqual(['second-stream'])
  })

  it('is found of every kind there is', () => {
    const tried = new Set(BAD.map(([, code]) => code))
    expect(Object.keys(RULES).filter((code) => !tried.has(code as Code))).toEqual([])
    expect(tried.size).toBeGreaterThan(40)
  })

  it('never shows a telephone number, whichever ids the platform made of one', () => {
    // Its caller hides the number; the ids have it all the same.
    const callId = 'call-2025550143'
    const numbered = (text: string): string =>
      text
        .replaceAll('"far"', '"far-12025550143"')
        .replaceAll('"near"', '"+12025550199"')
        .replaceAll('"caller"', '"sip:+12025550143@10.0.0.1"')
        .replaceAll('"desk"', '"desk-12025550199"')
        .replaceAll('"third"', '"12025550177"')
    const withNumbers: Spoil = spoilt(
      (call) =>
        call.map((said) => {
          const { headers, value } = said.message
          const source = headers['ce_source'] === undefined ? {} : { ce_source: `${headers['ce_source']}/12025550143` }
          const isJson = value !== null && value[0] === 0x7b
          const named = isJson ? { value: new TextEncoder().encode(numbered(new TextDecoder().decode(value))) } : {}
          return { ...said, message: { ...said.message, ...named, headers: { ...headers, ...source } } }
        }),
      (call) => call.map((said) => (said.what === 'media' ? { ...said, message: { ...said.message, ...renamedStreams(said.message.value) } } : said)),
    )
    for (const [what, , spoil] of BAD) {
      for (const call of [goodCall(), goodCall(callId)]) {
        const spoiled = withNumbers(spoil(call))
        // Which numbers are in the call only its beginning tells.
        if (!spoiled.some((said) => said.what === 'call.started')) continue
        const report = JSON.stringify(conformityOf(spoiled.map(({ message }) => message)))
        expect([what, /.{0,60}2025550.{0,20}/.exec(report)?.[0]]).toEqual([what, undefined])
      }
    }
  })

  it('never shows a number of a message that is of no call', () => {
    const nobodys = change('call.started', ({ headers: { ce_subject: _, ...headers } }) => ({
      key: null,
      headers: { ...headers, ce_id: 'start-12025550143' },
    }))
    expect(JSON.stringify(conformityOf(nobodys(goodCall().slice(0, 1)).map(({ message }) => message)).findings)).not.toContain('2025550143')
  })

  it('nor does it when there were more numbers before than are remembered', () => {
    const beginning = goodCall().slice(0, 1)
    const nameless = Array.from({ length: 600 }, (_, i) => {
      const [caller, desk] = [`+1303555${String(i).padStart(4, '0')}`, `+1404555${String(i).padStart(4, '0')}`]
      const numbered = data('call.started', (started) => ({ ...started, participants: [{ number: caller }, { number: desk }] }))
      const [said] = spoilt(numbered, header('call.started', 'ce_specversion', null))(beginning)
      const { ce_subject: _subject, ...headers } = said?.message.headers ?? {}
      return said === undefined ? [] : [{ ...said, message: { ...said.message, key: null, headers } }]
    }).flat()
    const nobodys = change('call.started', ({ headers: { ce_subject: _, ...headers } }) => ({ key: null, headers: { ...headers, ce_id: 'start-12025550143' } }))
    const report = conformityOf([...nameless, ...nobodys(beginning)].map(({ message }) => message))
    expect(report.findings.map(({ code, count }) => `${code} ${count}`)).toEqual(['missing-header 600', 'missing-key 1'])
    expect(JSON.stringify(report.findings)).not.toContain('2025550143')
  })

  it('keeps little of a key that is none', () => {
    const long = change('call.held', ({ headers: { ce_subject: _, ...headers } }) => ({ headers, key: '/'.repeat(1_000_000) }))
    const report = conformityOf(long(goodCall()).map(({ message }) => message))
    expect(report.findings.map(({ code }) => code)).toContain('invalid-call-id')
    expect(JSON.stringify(report).length).toBeLessThan(10_000)
  })

  it('tells the ids that are none', () => {
    const detailOf = (code: Code): string | undefined => {
      const [, , spoil = (call: Said[]) => call] = BAD.find(([, found]) => found === code) ?? []
      return conformityOf(spoil(goodCall()).map(({ message }) => message)).findings[0]?.examples[0]?.detail
    }
    expect(['unknown-stream', 'second-start', 'two-producers', 'unknown-participant'].map((code) => detailOf(code as Code))).toEqual([
      'stream x',
      'by x',
      '/node-0 came back after /node-1',
      'x is not in the call',
    ])
  })
})

/** Audio on streams that are called like numbers. */
function renamedStreams(value: Uint8Array | null): { value?: Uint8Array } {
  const names = new Map([
    ['far', 'far-12025550143'],
    ['near', '+12025550199'],
    ['third', '12025550177'],
    ['x', 'x-12025550143'],
  ])
  try {
    return { value: encodeMedia(decodeMedia(value ?? new Uint8Array()).map((run) => ({ ...run, streamId: names.get(run.streamId) ?? run.streamId }))) }
  } catch {
    return {}
  }
}
