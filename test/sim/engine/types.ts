import type { DatabaseSync } from 'node:sqlite'
import type { Catalog } from '@twinreel/catalog/open'
import type { EventLog, LogRecord } from '@twinreel/event-log/port'
import type { ListedObject, ObjectStore } from '@twinreel/object-store/port'
import type { Spool } from '@twinreel/recorder/spool'
import type { LogFields } from '@twinreel/service/log-fields'
import type { Logger } from '@twinreel/service/log'
import type { WaitingClock } from '@twinreel/simulator/clock'
import type { FaultKind } from './fault-kinds.ts'

/** Random numbers of one name: what one part of the simulation draws shifts nobody else's. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number
  chance(probability: number): boolean
  /** A whole number, both ends included. */
  whole(from: number, to: number): number
  between(from: number, to: number): number
  pick<T>(list: readonly [T, ...T[]]): T
  /** Another source, which depends on this one's seed and the name alone. */
  split(name: string): Random
}

/** The one time that passes. Nothing else happens by itself: when nothing is due sooner, time jumps. */
export interface VirtualTime {
  /** True milliseconds UTC, with fractions. What a process believes to be the time is its own clock's affair. */
  now(): number
  /** Runs `event` then; everything that follows from it without waiting happens before the next event. Answers what calls it off. */
  at(atMs: number, label: string, event: () => void): () => void
  /** Resolves after so long, or when aborted. For whoever is no process: the world and its checkers. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
  every(ms: number, event: () => void): () => void
}

export type ProcessState = 'running' | 'frozen' | 'dead'

/** What a simulated process is given instead of engines and time. Nothing of it answers, fires or has an effect once the process is dead. */
export interface Given {
  name: string
  eventLog: EventLog
  store: ObjectStore
  catalog: Catalog
  /** This machine's clock: has an offset and may jump. `wait` rejects when aborted. */
  clock: WaitingClock
  /** Milliseconds that never jump. */
  monotonicMs(): number
  /** As the recorder wants it: resolves when aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  every(ms: number, callback: () => void): () => void
  openSpool(directory: string): Promise<Spool>
  log: Logger
}

export interface SimProcess {
  readonly name: string
  readonly kind: ProcessKind
  readonly state: ProcessState
  readonly given: Given
  /** As by SIGKILL. What was asked of an engine and had not reached it never does; its open transactions are rolled back; the group misses it after the session timeout. */
  kill(): void
  /** As by SIGSTOP: its timers and answers wait; what it had asked of engines may still take effect. */
  freeze(): void
  thaw(): void
  /** Sets its clock forward or back. */
  stepClock(byMs: number): void
  /** Resolves when it is dead. */
  died: Promise<void>
}

export type ProcessKind = 'recorder' | 'retention' | 'platform' | 'admin'

export interface ProcessOptions {
  name: string
  kind: ProcessKind
  /** What it does; an error thrown here ends the process, as it would a real one, and is told to `onEnd`. When it resolves, the process has exited. */
  main(given: Given): Promise<void>
  /** Whether faults may kill it at any call; `false` by default. Who starts it again is up to the world (`onEnd`). */
  mayDie?: boolean
  /** Whether faults may freeze it at any call; thawed by themselves. */
  mayFreeze?: boolean
  /** Whether engine faults (log, store, catalog, spool, clock) hit it; `true` by default. */
  hasFaults?: boolean
  /** How far its clock is off at the start. */
  clockOffsetMs?: number
  onEnd?(why: { kind: 'killed' } | { kind: 'exited' } | { kind: 'failed'; error: Error }): void
}

/** Which faults a run has, how often, and until when. */
export interface FaultPlan {
  /** From then on nothing fails any more, and frozen processes thaw: the run must converge. */
  readonly quietFromMs: number
  /** The same faults strike again, from now on and for so long. */
  again(forMs: number): void
  uses(kind: FaultKind): boolean
  /** Rolls the dice for this moment; a hit is counted. */
  fires(kind: FaultKind): boolean
  /** Counts a fault that the world did by itself. */
  count(kind: FaultKind): void
  /** How often each fired in this run, those that never did not named. */
  readonly fired: ReadonlyMap<FaultKind, number>
  /** Random numbers for how a fault looks (how long, how much). */
  readonly random: Random
}

/** What happened in a run, boiled down: two runs of one seed must give the same. */
export interface Trace {
  note(what: string, ...values: readonly (string | number | boolean | null)[]): void
  /** Hexadecimal. */
  hash(): string
  /** How much was noted. */
  size(): number
}

/** Listeners of checkers. They run at the moment of the effect, see the unfaulted engines, take no virtual time, and may be async as long as they wait for nothing but the truth. What they throw ends the run. */
export interface Hooks {
  /** A transaction, or single statement, that wrote was committed. No transaction is open. */
  onCommit(listener: (commit: { process: string; kind: ProcessKind }) => void | Promise<void>): void
  /** An object became visible. `isLate`: its process had died or was told otherwise before. */
  onPut(listener: (put: { process: string; key: string; sha256: string; body: Uint8Array; askedMs: number; isLate: boolean }) => void | Promise<void>): void
  onDelete(listener: (deletion: { process: string; key: string }) => void | Promise<void>): void
  onAppend(listener: (append: { process: string; record: LogRecord }) => void | Promise<void>): void
  /** Records were forgotten: by a process that asked for it, or, with `null`, by a fault. */
  onTrim(listener: (trim: { process: string | null; topic: string; partition: number; beforeOffset: number }) => void | Promise<void>): void
  /** A process asks something of an engine: it may be frozen or killed right then. */
  onAsk(listener: (asked: { process: string; kind: ProcessKind; what: string; detail: string | number }) => void): void
  onLog(listener: (line: { process: string; kind: ProcessKind; level: 'debug' | 'info' | 'warn' | 'error'; fields: LogFields; message: string }) => void): void
}

/** What really is. Never fails, takes no time, leaves no trace. */
export interface Truth {
  /** Every record ever appended, also those that were trimmed since. */
  appended(topic: string): readonly LogRecord[]
  /** First offset kept, by partition. */
  logStarts(topic: string): readonly number[]
  /** Objects as they lie in the store, in the order of keys. */
  objects(prefix?: string): readonly ListedObject[]
  body(key: string): Uint8Array | null
  /** Keys of hidden versions of objects deleted or replaced, where the store keeps versions. */
  hiddenVersions(): readonly string[]
  /** What is put aside on disk by processes that live. */
  spooledBytes(): number
  /** The catalog without faults or waiting. Inside an open transaction of a process it sees what is not committed yet: ask in `onCommit`, or when all is quiet. */
  catalog: Catalog
  /** The same, without promises: `database.prepare(sql).all()`. */
  database: DatabaseSync
}

export interface SimOptions {
  seed: number
  /** Partitions of every topic; 1 by default. */
  partitions?: number
  startMs?: number
  /** After so long faults stop; 120 s by default. */
  faultsForMs?: number
  /** Only these faults, or none; by default those that the seed picks. */
  faults?: readonly FaultKind[]
  /** `servers` (default): many processes, PostgreSQL's rules, Kafka's group. `embedded`: SQLite's rules, one member a group. */
  form?: 'servers' | 'embedded'
  conditionalWrites?: 'enforced' | 'ignored'
  /** Whether the store keeps what is deleted or replaced until a deletion by `deleteMany`, which takes all versions. */
  keepsVersions?: boolean
  /** Hears each line of the trace; much slower. */
  onTrace?(line: string): void
}

export interface Sim {
  readonly seed: number
  readonly time: VirtualTime
  readonly faults: FaultPlan
  readonly trace: Trace
  readonly hooks: Hooks
  readonly truth: Truth
  random(name: string): Random
  spawn(options: ProcessOptions): SimProcess
  /** Every process ever started, in order. */
  processes(): readonly SimProcess[]
  /** Forgets records of a partition below this offset, as the log's own retention would, whoever still needs them. */
  trimLog(topic: string, partition: number, beforeOffset: number): void
  /** The store refuses everybody for so long. */
  storeAway(forMs: number): void
  /** The group is asked to share its partitions anew, as when a member comes or goes. */
  rebalance(groupId?: string): void
  /** Sets the log's own clock forward or back. */
  stepLogClock(byMs: number): void
  /** Sets the catalog's clock (the database server's) forward or back. */
  stepCatalogClock(byMs: number): void
  /**
   * Runs events until `main` settles, and answers what it answered. Throws what a listener threw, and `DeadEndError` when nothing is left to
   * happen, or when more virtual time or more events than these have passed.
   */
  run<T>(main: () => Promise<T>, limits?: { mostMs?: number; mostEvents?: number }): Promise<T>
  /** Kills what lives and frees the database. */
  close(): void
}

/** Nobody will ever go on. Says who waits for what. */
export class DeadEndError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DeadEndError'
  }
}
