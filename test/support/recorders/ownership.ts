import { expect } from 'vitest'
import type { LogLine, RecorderProcess } from './recorder-process.ts'

const PARTITIONS = 12
const WITHIN_MS = 60_000

/** What recorders said of one partition. */
interface Holding {
  partition: number
  epoch: number
  owner: RecorderProcess
  assignedMs: number
  /** `null` as long as it has not been folded to its end. */
  caughtUpMs: number | null
  /** Messages that were to be folded again. */
  lag: number
}

/** Who was assigned each partition last, also if he is dead by now: each assignment has a higher epoch than the one before. */
export function holdingsOf(recorders: readonly RecorderProcess[]): Holding[] {
  const holdings = new Map<number, Holding>()
  for (const owner of recorders) {
    for (const { text, partition, epoch, atMs, lag = 0 } of owner.lines) {
      if (text !== 'partition assigned' || partition === undefined || epoch === undefined || (holdings.get(partition)?.epoch ?? 0) > epoch) continue
      const caughtUp = owner.lines.find((line) => line.text === 'partition caught up' && line.partition === partition && line.epoch === epoch)
      holdings.set(partition, { partition, epoch, owner, assignedMs: atMs, caughtUpMs: caughtUp?.atMs ?? null, lag })
    }
  }
  return [...holdings.values()].toSorted((a, b) => a.partition - b.partition)
}

/** Waits until these recorders, of all there ever were, share all partitions, the same number each, and have folded each to its end. */
export async function sharedOut(all: readonly RecorderProcess[], among: readonly RecorderProcess[]): Promise<Holding[]> {
  const shared = async (): Promise<void> => {
    await expect
      .poll(() => counts(holdingsOf(all)), { timeout: WITHIN_MS, interval: 20, message: `partitions of ${among.map(({ name }) => name).join(', ')}` })
      .toEqual(Object.fromEntries(among.map(({ name }) => [name, PARTITIONS / among.length])))
  }
  await Promise.race([shared(), ...among.map(diedOf)])
  return holdingsOf(all)
}

async function diedOf({ name, ended, lines }: RecorderProcess): Promise<never> {
  const { exitCode, signal } = await ended
  throw new Error(`${name} ended with ${exitCode ?? signal}: ${lines.at(-1)?.text}`)
}

function counts(holdings: readonly Holding[]): Record<string, number> {
  const held: Record<string, number> = {}
  for (const { owner, caughtUpMs } of holdings) if (caughtUpMs !== null) held[owner.name] = (held[owner.name] ?? 0) + 1
  return held
}

/** Where the time from an end to the catch-up went, in milliseconds since then. */
export interface Takeover {
  /** The broker gave it up, and the others have agreed on who gets what. */
  sharedMs: number
  /** The last partition was claimed, and its sessions loaded. */
  claimedMs: number
  /** The last partition was folded to its end. */
  caughtUpMs: number
  /** Messages that were folded again. */
  messages: number
}

export function takeoverOf(holdings: readonly Holding[], sinceMs: number): Takeover {
  const moved = holdings.filter(({ assignedMs }) => assignedMs >= sinceMs)
  const shared = moved.map(({ owner }) => owner.lines.find(({ text, atMs }) => text === 'joined the consumer group' && atMs >= sinceMs)?.atMs ?? Number.NaN)
  return {
    sharedMs: Math.max(...shared) - sinceMs,
    claimedMs: Math.max(...moved.map(({ assignedMs }) => assignedMs)) - sinceMs,
    caughtUpMs: Math.max(...moved.map(({ caughtUpMs }) => caughtUpMs ?? Number.NaN)) - sinceMs,
    messages: moved.reduce((sum, { lag }) => sum + lag, 0),
  }
}

export function linesSince(recorder: RecorderProcess, sinceMs: number, text: string): LogLine[] {
  return recorder.lines.filter((line) => line.text === text && line.atMs >= sinceMs)
}

/** For people: where the time went. */
export function takeoverText(what: string, { sharedMs, claimedMs, caughtUpMs, messages }: Takeover): string {
  return `${what}: partitions shared out anew after ${sharedMs} ms, claimed after ${claimedMs} ms, ${messages} messages folded again after ${caughtUpMs} ms`
}
