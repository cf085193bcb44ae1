import { EpochLostError } from '@twinreel/catalog/recorder'
import { holdsEpoch } from '@twinreel/catalog/recorder/lease'
import type { RecorderDeps } from './deps.ts'
import type { Patiently } from './patience.ts'

/** By both clocks: one may be set back, the other stands still while the machine sleeps. */
export interface Moment {
  wallMs: number
  monotonicMs: number
}

/** The right to write objects. The catalog stops the rows of a recorder that lost its partition, nothing stops its objects. */
export interface WriteLease {
  /** Whether an object may be written. A store that overwrites gives no second line, so there the catalog is asked each time. */
  isHeld(): Promise<boolean>
  /** Whether what was just said of it still counts: asked without waiting, when bytes are about to go. Then no more than a moment lies between. */
  mayBegin(): boolean
  /** Aborted when the process is found to have stood still, or the partition is given up: what is being sent is better broken off. */
  signal(): AbortSignal
}

export interface PartitionLease extends WriteLease {
  now(): Moment
  /** The catalog gave us the partition; it was asked then. */
  begin(epoch: number, asked: Moment): void
  /** The catalog took a commit of this epoch that was begun then: it may have answered long before we heard it. */
  confirmed(began: Moment): void
  /** To be called again and again: a gap shows that the process stood still. */
  awake(): void
  /**
   * Whether something may be told to the world. Only after standing still is the catalog asked: while it is away, calls that go on here must still be answered.
   */
  maySpeak(): Promise<boolean>
  /** The partition is given up: nothing is held any more. */
  end(): void
}

/** A process that heard nothing from the catalog for so long may have been frozen, and its partition given to another. */
const SURE_MS = 5_000
/** Between the answer and the bytes. Together they are no longer than the shortest session after which others can have the partition. */
const MOMENT_MS = 1_000

export function partitionLease(
  deps: Pick<RecorderDeps, 'catalog' | 'store' | 'clock' | 'monotonicMs'>,
  parts: { topic: string; partition: number; patiently: Patiently; lost(error: unknown): void },
): PartitionLease {
  const { topic, partition, patiently, lost } = parts
  const now = (): Moment => ({ wallMs: deps.clock.now(), monotonicMs: deps.monotonicMs() })
  let epoch = 0
  let confirmedAt: Moment | null = null
  let awakeAt = now()
  /** When it was found that the process had stood still: what the catalog was asked before that counts no more. */
  let wokeAt: Moment | null = null
  /** When it was last said that an object may be written. */
  let saidAt: Moment | null = null
  let sending = new AbortController()
  let isEnded = false

  function isFresh(since: Moment, forMs = SURE_MS): boolean {
    const { wallMs, monotonicMs } = now()
    return wallMs >= since.wallMs && wallMs - since.wallMs < forMs && monotonicMs - since.monotonicMs < forMs
  }

  function said(isHeld: boolean): boolean {
    if (!isHeld || isEnded) return false
    saidAt = now()
    return true
  }

  function isSure(): boolean {
    return said(deps.store.conditionalWrites === 'enforced' && confirmedAt !== null && isFresh(confirmedAt))
  }

  async function ask(): Promise<boolean> {
    for (;;) {
      const askedAt = now()
      if (!(await patiently(() => holdsEpoch(deps.catalog, { topic, partition, epoch })))) break
      confirmedAt = askedAt
      // The process may have stood still after the catalog had answered.
      if (isFresh(askedAt)) return said(true)
    }
    lost(new EpochLostError({ topic, partition }, epoch, null))
    return false
  }

  function awake(): void {
    if (!isFresh(awakeAt)) {
      wokeAt = now()
      sending.abort()
      sending = new AbortController()
    }
    awakeAt = now()
  }

  return {
    now,
    begin(newEpoch, asked) {
      epoch = newEpoch
      confirmedAt = asked
    },
    confirmed: (began) => void (confirmedAt = began),
    isHeld: async () => isSure() || (await ask()),
    mayBegin: () => !isEnded && saidAt !== null && isFresh(saidAt, MOMENT_MS),
    signal: () => (isEnded ? AbortSignal.abort() : sending.signal),
    awake,
    async maySpeak() {
      awake()
      if (wokeAt === null || (confirmedAt !== null && confirmedAt.monotonicMs >= wokeAt.monotonicMs)) return true
      return ask()
    },
    end() {
      isEnded = true
      sending.abort()
    },
  }
}
