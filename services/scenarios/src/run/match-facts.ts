import { writeFact, type CallFact, type OwnerFact } from '../language/expected-lines.ts'
import type { Line } from '../language/scenario.ts'
import type { ExpectationResult } from '../result.ts'
import { momentOf } from './facts.ts'

type Fact = OwnerFact | CallFact

/** Told only of owners whose timeline speaks of them: most readers want to know what was recorded, not what a telephone showed or another program read. */
const ONLY_IF_MENTIONED: ReadonlySet<Fact['kind']> = new Set(['icon', 'published'])

/**
 * Compares what was expected with what came. `isComplete`: what came beyond that is one thing too many. In real time moments may differ by
 * `withinMs`. One result for each line, and one for each thing too many.
 */
export function matchFacts<F extends Fact>(
  expected: readonly Line<F>[],
  got: readonly F[],
  { isComplete, withinMs, about }: { isComplete: boolean; withinMs: number; about: ExpectationResult['about'] },
): ExpectationResult[] {
  const mentioned = new Set(expected.map(({ means }) => means.kind))
  const open = got.flatMap((fact) => singles(fact)).filter(({ kind }) => !ONLY_IF_MENTIONED.has(kind) || mentioned.has(kind))
  const wanted = expected.flatMap((line) => singles(line.means).map((fact) => ({ line, fact })))
  const missed: typeof wanted = []
  const misses = new Map<Line<F>, ExpectationResult>()
  for (const want of wanted) {
    const at = open.findIndex((fact) => isSame(want.fact, fact, withinMs))
    if (at === -1) missed.push(want)
    else open.splice(at, 1)
  }
  // What is left over explains best what came instead.
  for (const { line, fact } of missed) {
    const instead = nearestOf(fact, open)
    if (instead !== null) open.splice(open.indexOf(instead), 1)
    if (misses.has(line)) continue
    misses.set(line, {
      met: false,
      about,
      line: line.line,
      expected: writeFact(fact),
      got: instead === null ? null : writeFact(instead),
      atMs: instead === null ? momentOf(fact) : firstDifference(fact, instead),
      differenceWav: null,
    })
  }
  const results = expected.map(
    (line): ExpectationResult =>
      misses.get(line) ?? { met: true, about, line: line.line, expected: line.text, got: line.text, atMs: momentOf(line.means), differenceWav: null },
  )
  if (!isComplete) return results
  return [
    ...results,
    ...open.map((fact): ExpectationResult => ({
      met: false,
      about,
      line: null,
      expected: null,
      got: writeFact(fact),
      atMs: momentOf(fact),
      differenceWav: null,
    })),
  ]
}

/** A series as the single things it stands for. */
function singles<F extends Fact>(fact: F): F[] {
  if (!('everyMs' in fact) || fact.times === 1) return [fact]
  return Array.from({ length: fact.times }, (_, i) => ({
    ...fact,
    fromMs: fact.fromMs + i * fact.everyMs,
    toMs: fact.toMs + i * fact.everyMs,
    times: 1,
    everyMs: 0,
  }))
}

const MOMENTS = ['atMs', 'fromMs', 'toMs', 'askedMs'] as const

function isSame(a: Fact, b: Fact, withinMs: number): boolean {
  return isAlike(a, b) && MOMENTS.every((moment) => Math.abs(valueOf(a, moment) - valueOf(b, moment)) <= withinMs)
}

/** The same but for its moments. */
function isAlike(a: Fact, b: Fact): boolean {
  return withoutMoments(a) === withoutMoments(b)
}

function withoutMoments(fact: Fact): string {
  return JSON.stringify(
    Object.entries(fact)
      .filter(([key]) => !(MOMENTS as readonly string[]).includes(key))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function valueOf(fact: Fact, moment: (typeof MOMENTS)[number]): number {
  return (fact as unknown as Record<string, number | undefined>)[moment] ?? 0
}

function nearestOf<F extends Fact>(fact: F, others: readonly F[]): F | null {
  const distance = (other: F): number => Math.abs((momentOf(fact) ?? 0) - (momentOf(other) ?? 0)) + (isAlike(fact, other) ? 0 : 1_000_000)
  const [near] = others.filter(({ kind }) => kind === fact.kind).toSorted((a, b) => distance(a) - distance(b))
  return near ?? null
}

/** The first moment in which the two are not the same. */
function firstDifference(a: Fact, b: Fact): number | null {
  const apart = MOMENTS.find((moment) => valueOf(a, moment) !== valueOf(b, moment))
  return apart === undefined ? momentOf(a) : Math.min(valueOf(a, apart), valueOf(b, apart))
}
