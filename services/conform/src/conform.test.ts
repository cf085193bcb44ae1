import { describe, expect, it } from 'vitest'
import { fromBinary, toStructured } from '@twinreel/contracts/cloudevents'
import { conformityOf } from './conform.ts'
import { RULES, type Code } from './rules.ts'
import { BAD_AUDIO } from './testing/bad-audio.ts'
import { BAD_MESSAGES } from './testing/bad-messages.ts'
import { CALL, goodCall, PARTITIONS, TIME_ZERO_MS, type Said } from './testing/good-call.ts'
import { change, data, valued, header, spoilt } from './testing/spoil.ts'

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

  it('may come twice, in structured mode, and from another process after one that died', () => {
    const twice = goodCall().flatMap((said) => [said, said])
    expect(codesOf(twice)).toEqual([])
    const structured = change('call.held', ({ headers, value }) => ({
      headers: { 'content-type': 'application/cloudevents+json' },
      ...valued(toStructured(fromBinary(headers, value ?? new Uint8Array()))),
    }))
    expect(codesOf(structured(goodCall()))).toEqual([])
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

  it('is found of every kind there is', () => {
    const tried = new Set(BAD.map(([, code]) => code))
    expect(Object.keys(RULES).filter((code) => !tried.has(code as Code))).toEqual([])
    expect(tried.size).toBeGreaterThan(40)
  })

  it('never shows a telephone number', () => {
    for (const [, , spoil] of BAD) expect(JSON.stringify(conformityOf(spoil(goodCall()).map(({ message }) => message)))).not.toMatch(/2025550/)
  })
})
