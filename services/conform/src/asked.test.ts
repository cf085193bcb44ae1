import { describe, expect, it } from 'vitest'
import { conformityOf } from './conform.ts'
import { goodCall, type Said } from './testing/good-call.ts'
import { data, drop, saidAt, spoilt, type Spoil } from './testing/spoil.ts'

/** In which order topics may be read. */
const ORDERS: readonly [string, (call: readonly Said[]) => Said[]][] = [
  ['as they were appended', (call) => [...call]],
  ['commands first', (call) => call.toSorted((a, b) => Number(isCommand(b)) - Number(isCommand(a)))],
  ['commands last', (call) => call.toSorted((a, b) => Number(isCommand(a)) - Number(isCommand(b)))],
]
const isCommand = ({ message }: Said): boolean => message.topic === 'call-commands'

function told(call: readonly Said[]): string[] {
  return conformityOf(call.map(({ message }) => message)).findings.map(({ code, examples }) => `${code}: ${examples[0]?.detail}`)
}

const dated = (what: string, atMs: number): Spoil => data(what, (said) => ({ ...said, atMs }))
/** The gate is shut as soon as it is asked for, at 25 s. */
const shutThen: Spoil = spoilt(dated('gate.closed', 25_040), saidAt('gate.closed', 25_050))
const promptAt = (finishedMs: number): Spoil =>
  spoilt(
    data('prompt.finished', (finished) => ({ ...finished, fromMs: finishedMs - 1_000, toMs: finishedMs, atMs: finishedMs })),
    saidAt('prompt.finished', finishedMs),
  )

describe.each(ORDERS)('of topics that are read %s', (_, read) => {
  it('a gate is asked for when the command is given, not when the key is dated that pauses', () => {
    expect(told(read(spoilt(dated('control.pause', 10_000), dated('gate.close', 10_000), shutThen)(goodCall())))).toEqual([])
  })

  it('nor is a prompt, also by a recorder that was away', () => {
    expect(told(read(spoilt(saidAt('prompt.play', 23_500), promptAt(24_500))(goodCall())))).toEqual([])
  })

  it('who takes too long from then on is told how long', () => {
    const late = spoilt(dated('gate.close', 10_000), saidAt('gate.close', 18_010), shutThen)(goodCall())
    expect(told(read(late))).toEqual([expect.stringMatching(/^gate-unanswered: sequence 1: answered after 7(\.\d)? s$/)])
    expect(told(read(promptAt(24_500)(goodCall())))).toEqual(['prompt-unanswered: answered after 24.5 s'])
  })

  it('who never answers is told so', () => {
    expect(told(read(spoilt(drop('gate.closed'), drop('gate.opened'))(goodCall())))).toEqual(['gate-unanswered: sequence 1'])
    expect(told(read(drop('prompt.finished')(goodCall())))).toEqual(['prompt-unanswered: never answered'])
  })
})

it('whose whole call is written down at once, never to be answered, is told so though all was asked behind its end', () => {
  const atOnce = drop('prompt.finished')(goodCall()).toSorted((a, b) => Number(isCommand(a)) - Number(isCommand(b)))
  const [first] = atOnce
  for (const said of atOnce) said.message = { ...said.message, appendedAtMs: (first?.message.appendedAtMs ?? 0) + (isCommand(said) ? 5 : 0) }
  expect(told(atOnce)).toContain('prompt-unanswered: never answered')
})

it('what was asked last of a call that goes on may still be answered', () => {
  const goesOn = spoilt(dated('gate.close', 10_000), shutThen)(goodCall()).filter(({ atMs }) => atMs <= 25_020)
  const { findings } = conformityOf(goesOn.map(({ message }) => message))
  expect(findings.map(({ code }) => code)).toEqual(['missing-end'])
})
