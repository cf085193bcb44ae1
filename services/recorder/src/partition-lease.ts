import { EpochLostError } from '@twinreel/catalog/recorder'
import { holdsEpoch } from '@twinreel/catalog/recorder/lease'
import type { RecorderDeps } from './deps.ts'
import type { Patiently } from './patience.ts'

export interface PartitionLease {
  /** The catalog gave us the partition; it was asked then. */
  begin(epoch: number, askedMs: number): void
  /** The catalog took a commit of this epoch that was begun then: it may have answered long before we heard it. */
  confirmed(beganMs: number): void
  /**
   * Whether an object may be written: the catalog stops the rows of a recorder that lost its partition, nothing stops its objects. A store that overwrites
   * gives no second line, so there the catalog is asked each time.
   */
  isHeld(): Promise<boolean>
  /** To be called again and again: a gap shows that the process stood still. */
  awake(): void
  /**
   * Whether something may be told to the world. Only after standing still is the catalog asked: while it is away, calls that go on here must still be answered.
   */
  maySpeak(): Promise<boolean>
}

/** A process that heard nothing from the catalog for so long may have been frozen, and its partition given to another. */
const SURE_MS = 5_000

export function partitionLease(
  deps: Pick<RecorderDeps, 'catalog' | 'store' | 'clock'>,
  parts: { topic: string; partition: number; patiently: Patiently; lost(error: unknown): void },
): PartitionLease {
  const { topic, partition, patiently, lost } = parts
  let epoch = 0
  let confirmedMs = Number.NEGATIVE_INFINITY
  let awakeMs = deps.clock.now()
  /** When it was found that the process had stood still: what the catalog was asked before that counts no more. */
  let wokeMs = Number.NEGATIVE_INFINITY

  function isSure(): boolean {
    const sinceMs = deps.clock.now() - confirmedMs
    return deps.store.conditionalWrites === 'enforced' && sinceMs >= 0 && sinceMs < SURE_MS
  }

  async function ask(): Promise<boolean> {
    const askedMs = deps.clock.now()
    if (await patiently(() => holdsEpoch(deps.catalog, { topic, partition, epoch }))) {
      confirmedMs = askedMs
      return true
    }
    lost(new EpochLostError({ topic, partition }, epoch, null))
    return false
  }

  function awake(): void {
    const nowMs = deps.clock.now()
    if (nowMs - awakeMs >= SURE_MS || nowMs < awakeMs) wokeMs = nowMs
    awakeMs = nowMs
  }

  return {
    begin(newEpoch, askedMs) {
      epoch = newEpoch
      confirmedMs = askedMs
    },
    confirmed: (beganMs) => void (confirmedMs = beganMs),
    isHeld: async () => isSure() || (await ask()),
    awake,
    async maySpeak() {
      awake()
      return confirmedMs >= wokeMs || (await ask())
    },
  }
}
