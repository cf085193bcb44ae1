import { describe, expect, it } from 'vitest'
import { ScenarioFileError, problemText } from './problem.ts'
import { readScenario } from './read-scenario.ts'

const GOOD = `scenario: Bob calls Alice
users:
  alice: { mode: always-pause-resume }
parties:
  bob:
call: { from: bob, to: alice }
timeline:
  - 00:05.250 alice pauses by app, unstamped, 1.5 s late
  - 00:09 bob is transferred to carol
  - 00:12 hang up
`.replace('users:\n', 'users:\n  carol:\n')

function problemsOf(text: string): string[] {
  try {
    readScenario('a.yaml', text)
    return []
  } catch (error) {
    if (error instanceof ScenarioFileError) return error.problems.map(problemText)
    throw error
  }
}

describe('reading a scenario', () => {
  it('fills in what is not said', () => {
    const { users, calls, parties } = readScenario('a.yaml', GOOD)
    expect(users.map(({ name, tier, settings }) => [name, tier, settings?.mode])).toEqual([
      ['carol', 'go', 'never'],
      ['alice', 'go', 'always-pause-resume'],
    ])
    expect([...parties.keys()]).toEqual(['carol', 'alice', 'bob'])
    expect(calls[0]).toMatchObject({ type: 'pstn', direction: 'inbound', ringMs: 2_000, to: ['alice'] })
    expect(calls[0]?.timeline.map(({ atMs, happening, line }) => ({ atMs, line, ...happening }))).toEqual([
      { atMs: 5_250, line: 9, do: 'control', who: 'alice', control: 'pause', via: 'app', stamped: false, datedMs: null, delayMs: 1_500 },
      { atMs: 9_000, line: 10, do: 'transfer', who: 'bob', by: null, to: 'carol' },
      { atMs: 12_000, line: 11, do: 'hang-up', who: null, reason: 'normal' },
    ])
  })

  it.each<[string, string, string, string]>([
    ['a key', 'mode: always', 'mod: always', 'a.yaml:4:12: “mod” is no key of users.alice; did you mean “mode”?'],
    ['a value', 'always-pause-resume', 'always-pause-resum', 'did you mean “always-pause-resume”?'],
    ['a verb', 'alice pauses', 'alice pasues', 'a.yaml:9:21: “pasues” stands where'],
    ['a verb, with the right one', 'alice pauses', 'alice pasues', 'did you mean “pauses”?'],
    ['a name in a line', 'bob is', 'bobb is', 'did you mean “bob”?'],
    ['a name of the call', 'from: bob', 'from: bop', 'a.yaml:7:15: there is no user or party “bop”; did you mean “bob”?'],
    ['a time', '00:09 ', '00:9 ', '“00:9” stands where a call time such as 00:05.250 is expected'],
    ['a duration', '1.5 s late', '1.5 sec late', 'a duration such as 250 ms, 1.5 s or 2 min'],
    ['an unfinished line', '00:12 hang up', '00:12 hang', 'a.yaml:11:15: the line ends where “up” is expected'],
    ['a line too long', '00:12 hang up', '00:12 hang up now', '“now” stands where “for” or the end of the line is expected'],
    ['somebody absent', '00:12 hang up', '00:12 alice hangs up', 'alice is not in the call at that time; in it are bob, carol'],
    ['time going back', '00:12 hang', '00:08 hang', '00:08.000 lies before the line in front of it'],
    ['no end', '00:12 hang up', '00:12 carol holds', 'the last line must end the call'],
    ['a key that comes too late', '1.5 s late', '6.8 s late', 'a.yaml:9:5: it would reach the log after the hang-up'],
    ['a delay that is too long', '1.5 s late', '65 s late', 'a.yaml:9:5: the delay is 65 s, at most 60 s can be played'],
    ['ringing for too long', 'to: alice }', 'to: alice, rings: 3 min }', 'a.yaml:7:38: ringing is 180 s, at most 120 s can be played'],
    ['an absence that is too long', '00:12 hang', '00:11 publisher is away for 15 min\n  - 00:12 hang', 'a.yaml:11:5: the time is 900 s, at most 600 s'],
    [
      'audio that comes too late',
      '00:12 hang',
      '00:10 all audio comes 1.5 s late for 500 ms\n  - 00:12 hang',
      'a.yaml:11:5: it comes at 00:12.000, and the call ends at 00:12.000',
    ],
    [
      'audio that is late by nothing said',
      '00:12 hang',
      "00:10 carol's audio comes late for 1 s\n  - 00:12 hang",
      '“late” stands where a duration such as 250 ms, 1.5 s or 2 min',
    ],
    [
      'audio collected for too long',
      '00:12 hang',
      '00:10 publisher collects audio for 2 min\n  - 00:12 hang',
      'a.yaml:11:5: the time is 120 s, at most 60 s can be played',
    ],
    ['a silence of nobody', '00:12 hang up', '00:12 hang up\n  - 02:12 recorder notices the silence', 'a.yaml:12:5: there is no silence to notice'],
    ['a mailbox that is not called', '00:05.250', "00:00 carol's voicemail answers\n  - 00:05.250", 'a.yaml:9:5: carol is not called; in it are alice'],
    ['a delay of all keys', 'call:', 'faults: { delay: 7 s }\ncall:', 'a.yaml:10:5: it would reach the log after the hang-up'],
    ['a clock ahead by too much', 'call:', 'faults: { clock-skew: -700 s }\ncall:', 'a.yaml:7:23: the skew is -700 s, at least -600 s can be played'],
    [
      'a claim that goes back',
      '00:12 hang up',
      '00:12 hang up\nexpect: { alice: { audio: [00:09 to 00:04 left is alice] } }',
      'a.yaml:12:28: 00:04.000 does not lie behind 00:09.000',
    ],
    [
      'a claim behind the end',
      '00:12 hang up',
      '00:12 hang up\nexpect: { alice: { audio: [00:09 to 00:13 of bob is nowhere] } }',
      'the call lasts from 00:00 to 00:12.000',
    ],
    [
      'a count',
      '00:12 hang up',
      '00:12 hang up\nexpect: { call: ["00:00 to 00:01 tone heard, 999999999 times every 1 s"] }',
      '“999999999” stands where a whole number from 1 to 60480 is expected',
    ],
    [
      'aliases without an end',
      'users:',
      'tags: [&b [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]]\ny: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nz: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\nw: [*d, *d, *d, *d]\nusers:',
      'a.yaml:1:1: its aliases can’t be followed',
    ],
    [
      'a second answer',
      '00:05.250 alice pauses',
      '00:00 alice answers\n  - 00:00 carol answers\n  - 00:05.250 alice pauses',
      'a.yaml:10:5: the call is answered already',
    ],
    [
      'a mailbox that answers too',
      '00:05.250 alice pauses',
      '00:00 alice answers\n  - 00:00 voicemail answers\n  - 00:05.250 alice pauses',
      'a.yaml:10:5: the call is answered already',
    ],
    ['somebody called twice', 'to: alice', 'to: [alice, alice]', 'a.yaml:7:7: alice stands in “to” twice'],
    ['somebody who calls herself', 'to: alice', 'to: [alice, bob]', 'a.yaml:7:7: bob calls and is called'],
    ['a missing part', 'call: { from: bob, to: alice }', '', 'say call: {from: …, to: …} and timeline'],
    ['a colon', '00:12 hang up', '00:12 hang up: now', 'a text with a colon before a space needs quotes'],
    ['YAML itself', 'users:', '\tusers:', 'a.yaml:2:1:'],
  ])('names the place of a slip in %s', (_, right, wrong, message) => {
    const text = GOOD.replace(right, wrong)
    expect(text).not.toBe(GOOD)
    expect(problemsOf(text).join('\n')).toContain(message)
  })

  it('takes any word for a name, a language’s own words too', () => {
    const text = GOOD.replaceAll('alice', 'constructor').replace('call:', 'speech: { bob: reader }\ncall:')
    expect(readScenario('a.yaml', text).parties.get('constructor')?.speech).toEqual([{ voice: 'reader', fromMs: 0, toMs: null }])
  })

  it('tells every problem of a file at once, in their order', () => {
    const problems = problemsOf(GOOD.replace('alice pauses', 'alice pasues').replace('hang up', 'hang'))
    expect(problems.map((problem) => problem.split(':')[1])).toEqual(['9', '11'])
  })
})
