import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExpectationResult, RunResult, ScenarioResult } from '../result.ts'
import { htmlPage } from './html-page.ts'

const expectation = (one: Partial<ExpectationResult>): ExpectationResult => ({
  met: true,
  about: 'timeline',
  line: 7,
  expected: '00:01.000 to 00:02.000 paused',
  got: '00:01.000 to 00:02.000 paused',
  atMs: 1_000,
  differenceWav: null,
  ...one,
})
const MISS = expectation({ met: false, expected: '00:01.000 to 00:03.500 paused', atMs: 2_000 })

interface Made {
  status?: ScenarioResult['status']
  /** Stands wherever somebody may have written what he likes. */
  text?: string
  points?: number
}

function scenario({ status = 'passed', text = 'alice', points = 200 }: Made): ScenarioResult {
  const levels = Array.from({ length: points }, (_, i) => ((i * 7_919) % 1_000) / 1_000)
  const bucketMs = 50
  const party = { participantId: text, userId: text, role: 'originating', joinedMs: 0, leftMs: bucketMs * points, said: { bucketMs, levels } } as const
  const miss = { ...MISS, expected: text, got: text, differenceWav: text }
  return {
    name: text,
    file: text,
    line: 1,
    description: text,
    tags: [text],
    generated: false,
    seed: 1,
    status,
    problem: status === 'broken' ? text : null,
    seconds: 0.5,
    rerun: text,
    tolerances: null,
    calls: [
      {
        name: text,
        callId: text,
        line: 9,
        direction: text,
        callType: text,
        timeZero: text,
        lengthMs: bucketMs * points,
        parties: [
          { ...party, name: text, user: text },
          { ...party, name: 'bob', user: null },
        ],
        story: [{ atMs: 0, text, line: 10 }],
        prompts: [{ prompt: 'tone', fromMs: 500, toMs: 700 }],
        gateShut: [[1_000, 2_000]],
        releasedMs: null,
        rejected: [{ atMs: 4_000, control: 'pause', reason: 'not-an-owner' }],
        deadLetters: [{ reason: text, detail: text }],
        expectations: [expectation({}), ...(status === 'failed' ? [miss] : [])],
        owners: [
          {
            owner: text,
            mode: text,
            tier: text,
            outcome: 'recorded',
            reason: text,
            band: [
              { state: 'recording', fromMs: 0, toMs: 1_000 },
              { state: 'paused', fromMs: 1_000, toMs: 2_000 },
            ],
            held: [[100, 200]],
            rejected: [{ atMs: 300, control: 'stop', reason: 'not-allowed-in-mode' }],
            icons: [],
            expectations: [expectation({ expected: text }), ...(status === 'failed' ? [miss, MISS] : [])],
            recordings: [
              {
                recordingId: text,
                ordinal: 1,
                kept: true,
                endReason: text,
                format: null,
                captured: [[0, 1_000]],
                paused: [[1_000, 2_000]],
                held: [],
                lost: [{ channel: 'far', fromMs: 200, toMs: 400 }],
                prompts: [{ prompt: 'tone', outcome: 'expired', fromMs: 500, toMs: 700 }],
                dueAt: null,
                dueAfterMs: null,
                segments: 1,
                sizeBytes: 8_000,
                peaks: { bucketMs, left: levels, right: levels },
              },
            ],
          },
        ],
      },
    ],
  }
}

function run(scenarios: readonly ScenarioResult[], tags: readonly string[] = []): RunResult {
  return { mode: 'virtual', seed: null, shard: null, tags, seconds: 1, passed: 0, failed: scenarios.length, broken: 0, scenarios }
}

/** Every tag with its attributes' names, as a browser would read them, and without the values. */
function tagsOf(page: string): string[] {
  return [...page.matchAll(/<[!/]?[a-z](?:[^<>"']|"[^"<>]*")*>/gi)].map(([tag]) => tag.replaceAll(/"[^"]*"/g, '""'))
}

const HOSTILE = ['</title><script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onload='alert(1)", '</style></svg>-->', '&lt;b&gt;', '${x}', '`']

describe('the page of a run', () => {
  it('holds no tag and no attribute that somebody wrote into a name, a description or anything else', () => {
    const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: fc.constantFrom(...Array.from('<>&"\'/= !-[]`abc')), minLength: 1, maxLength: 40 }))
    fc.assert(
      fc.property(text, fc.constantFrom('passed', 'failed', 'broken'), (written, status) => {
        const page = (words: string): string => htmlPage(run([scenario({ status, text: words })], [words]))
        const [hostile, harmless] = [page(written), page('x'.repeat(written.length))]
        expect(tagsOf(hostile)).toEqual(tagsOf(harmless))
        // Nothing is left between the tags that could be one.
        expect(hostile.match(/[<>]/g)?.length).toBe(harmless.match(/[<>]/g)?.length)
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  it('needs no script and nothing from elsewhere', () => {
    const page = htmlPage(run([scenario({ status: 'failed' })]))
    expect(page).toContain(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'`)
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\ssrc=|url\(|@import|https?:/)
    expect([...page.matchAll(/href="(.)/g)].every(([, first]) => first === '#')).toBe(true)
  })

  it('shows what failed first and open, and the rest closed', () => {
    const page = htmlPage(run([scenario({ text: 'sound' }), scenario({ text: 'wrong', status: 'failed' }), scenario({ text: 'stuck', status: 'broken' })]))
    const sections = [...page.matchAll(/<details class="scenario (\w+)"( open)?>/g)].map(([, status, open]) => `${status}${open ?? ''}`)
    expect(sections).toEqual(['failed open', 'broken open', 'passed'])
  })

  it('tells which keys of people who are no owners were refused, and why, in the picture and in words', () => {
    const page = htmlPage(run([scenario({})]))
    expect(page).toMatch(/<g class="rejected"><title>00:04\.000 pause rejected, not-an-owner<\/title><text [^>]*>✕ pause rejected, not-an-owner</)
    expect(page).toContain('<td>00:04.000</td><td>call</td><td>pause rejected, not-an-owner</td>')
  })

  it('counts recordings as the file does, from 1', () => {
    const page = htmlPage(run([scenario({})]))
    expect(page.match(/recording \d ended/g)).toEqual(['recording 1 ended', 'recording 1 ended'])
  })

  it('marks two moments a second apart as far from each other as the axis says', () => {
    const [one, two] = [
      { ...MISS, atMs: 1_000 },
      { ...MISS, atMs: 2_000 },
    ]
    const made = scenario({ status: 'failed' })
    const page = htmlPage(run([{ ...made, calls: made.calls.map((call) => ({ ...call, expectations: [one, two], owners: [] })) }]))
    const [a = 0, b = 0] = [...page.matchAll(/data-at-ms="\d+"><line class="through" x1="([\d.]+)"/g)].map(([, x]) => Number(x))
    // Ten seconds are a thousand units wide.
    expect(b - a).toBe(100)
  })

  it('stays below ten megabytes for a hundred and twenty scenarios of the longest pictures, and grows slowly from there', () => {
    const many = (count: number): number => htmlPage(run(Array.from({ length: count }, () => scenario({ status: 'failed', points: 1_000 })))).length
    expect(many(120)).toBeLessThan(10_000_000)
    expect(many(1_200)).toBeLessThan(20_000_000)
  })
})
