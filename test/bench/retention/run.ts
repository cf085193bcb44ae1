import { join } from 'node:path'
import { systemClock } from '@twinreel/service/clock'
import { percentile, median } from '../figures.ts'
import { openPhase, runPhase, type PhaseOptions } from '../phase-process.ts'
import type { Report } from '../report.ts'
import type { Live } from './live.ts'
import type { Looks, Purged, RetentionInput } from './phases.ts'

/** Where retention runs and the raw loop beside it. */
export interface Grounds {
  name: string
  /** What the raw loop's speed is to be reached by; `null` where it is this process's own work, and the catalog's comes on top. */
  speedReach: number | null
  /** An empty catalog, a bucket and one for the raw loop. */
  make(name: string): Promise<{ dataDir: string | null; options: PhaseOptions; remove(): Promise<void> }>
}

const RECORDINGS_OF_EACH = 100
/** A call of three minutes, and its manifest. */
const SEGMENTS_OF_EACH = 3
/** What is due is this part: the older half of what free owners have, a fifth of all. */
const FREE = 0.2
const LIVE = { recordings: 600, spacingMs: 500 }
const REACH = { queryMs: 50, lagMs: 60_000, memory: 1.25 }

/** Purging: the real run against a raw loop that deletes the same keys on the same store, in turns; what the looks for it cost; how soon what is due is gone. */
export async function benchRetention(options: { grounds: Grounds; isQuick: boolean; progress(text: string): void }): Promise<Report> {
  const { grounds, isQuick, progress } = options
  const owners = isQuick ? 1_000 : 10_000
  const many = { owners, freeOwners: owners * FREE, recordingsOfEach: RECORDINGS_OF_EACH, segmentsOfEach: SEGMENTS_OF_EACH, nowMs: systemClock.now() }
  const due = (many.freeOwners * RECORDINGS_OF_EACH) / 2
  const rounds = isQuick ? 2 : 10
  progress(`filling a catalog with ${owners * RECORDINGS_OF_EACH} recordings and a bucket with what ${due} of them have`)
  const ground = await grounds.make('purge')
  try {
    const input: RetentionInput = { dataDir: ground.dataDir, many }
    const startedMs = performance.now()
    const { keys } = await runPhase<{ keys: number }>('retention:fill', input, ground.options)
    const filledMs = performance.now() - startedMs
    const { looks, purged, rawMs } = await inTurns(input, { keys, due, rounds, options: ground.options, progress })
    progress('recordings that become due while it runs')
    const lags = await liveLags(grounds)
    return report({ grounds, many, due, keys, filledMs, looks, purged, rawMs, lags })
  } finally {
    progress('cleaning up')
    await ground.remove()
  }
}

interface Turns {
  looks: Looks
  purged: Purged[]
  rawMs: number[]
}

/** The two take turns, so that what else the machine does falls on both. */
async function inTurns(
  input: RetentionInput,
  { keys, due, rounds, options, progress }: { keys: number; due: number; rounds: number; options: PhaseOptions; progress(text: string): void },
): Promise<Turns> {
  const retention = openPhase('retention:purge', input, options)
  const raw = openPhase('retention:raw', input, options)
  try {
    const looks = await retention.ask<Looks>('look')
    const purged: Purged[] = []
    const rawMs: number[] = []
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`)
      const ours = async () => void purged.push(await retention.ask<Purged>('purge', { maxPerRun: due / rounds }))
      const theirs = async () => {
        const { wallMs } = await raw.ask<{ wallMs: number }>('delete', { from: (keys / rounds) * round, to: (keys / rounds) * (round + 1) })
        rawMs.push(wallMs)
      }
      for (const turn of round % 2 === 0 ? [ours, theirs] : [theirs, ours]) await turn()
    }
    const left = await retention.ask<number>('left')
    const objects = purged.reduce((sum, one) => sum + one.objects, 0)
    if (left !== 0 || objects !== keys) throw new Error(`retention deleted ${objects} of ${keys} objects and left ${left}: the figure would mean nothing`)
    return { looks, purged, rawMs }
  } finally {
    // Whoever is left of the two would keep this process for ever.
    await Promise.all([retention.close(), raw.close()])
  }
}

async function liveLags(grounds: Grounds): Promise<number[]> {
  const ground = await grounds.make('live')
  try {
    const live: Live = { dataDir: ground.dataDir, ...LIVE }
    return await runPhase<number[]>('retention:live', live, ground.options)
  } finally {
    await ground.remove()
  }
}

function report(of: Turns & { grounds: Grounds; many: RetentionInput['many']; due: number; keys: number; filledMs: number; lags: readonly number[] }): Report {
  const { grounds, many, due, keys, filledMs, looks, purged, rawMs, lags } = of
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const oursMs = sum(purged.map(({ wallMs }) => wallMs))
  const theirsMs = sum(rawMs)
  const perSecond = (ms: number): string => (keys / (ms / 1_000)).toFixed(0)
  const ratios = purged.map(({ wallMs }, round) => (rawMs[round] ?? 0) / wallMs)
  // In its first run a process loads what it needs, and the heap takes its size.
  const rss = purged.slice(1).flatMap(({ rssBytes }) => rssBytes)
  const third = Math.max(1, Math.floor(rss.length / 3))
  const [early, late] = [median(rss.slice(0, third)), median(rss.slice(-third))]
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`
  return {
    title: `Twinreel bench, retention on ${grounds.name}: ${many.owners * many.recordingsOfEach} recordings, ${due} of them due, ${SEGMENTS_OF_EACH} minutes each, with ${keys} objects, ${purged.length} runs and as many turns of the raw loop`,
    costs: [],
    notes: [
      `retention: ${perSecond(oursMs)} objects/s deleted, verified, certified; raw loop: ${perSecond(theirsMs)} objects/s deleted and listed`,
      ...(grounds.speedReach === null ? [`purge against a raw loop: ${(theirsMs / oursMs).toFixed(2)} × its speed`] : []),
      `ratio of each round: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`,
      `memory: ${mib(early)} resident in the first third after the first run, ${mib(late)} in the last; heap after each run ${purged.map(({ heapBytes }) => mib(heapBytes)).join(', ')}`,
      `filled in ${(filledMs / 1_000).toFixed(0)} s`,
      `what a run counts before it claims: ${looks.countedMs.toFixed(1)} ms`,
      `what is owed, for a scrape of the metrics: ${looks.owedMs.toFixed(1)} ms`,
      `due → certified as gone: median ${(median(lags) / 1_000).toFixed(1)} s, most ${(percentile(lags, 100) / 1_000).toFixed(1)} s, a run every 30 s`,
    ],
    goals: [
      ...(grounds.speedReach === null
        ? []
        : [{ what: 'purge against a raw loop of DeleteObjects', value: theirsMs / oursMs, unit: '× its speed', reach: { atLeast: grounds.speedReach } }]),
      { what: 'first page of what is due', value: looks.firstPageMs, unit: 'ms', reach: { atMost: REACH.queryMs } },
      { what: 'a page from the middle of what is due', value: looks.furtherPageMs, unit: 'ms', reach: { atMost: REACH.queryMs } },
      { what: 'due → certified as gone, p99', value: percentile(lags, 99) / 1_000, unit: 's', reach: { atMost: REACH.lagMs / 1_000 } },
      { what: 'memory, last third of the purge ÷ first third', value: late / early, unit: '×', reach: { atMost: REACH.memory } },
    ],
  }
}

/** The embedded engines, below a directory. */
export function embeddedGrounds(root: string, remove: (directory: string) => void): Grounds {
  return {
    name: 'a directory and SQLite',
    speedReach: null,
    make(name) {
      const dataDir = join(root, name)
      return Promise.resolve({ dataDir, options: {}, remove: () => Promise.resolve(remove(dataDir)) })
    },
  }
}
