import { FAULT_KINDS, type FaultKind } from './fault-kinds.ts'
import type { FaultPlan, Random } from './types.ts'

/** How likely each is at an opportunity (a call, a timer, a batch, a death) in a run of middling luck; what is not named here the world does by its own dice. */
const CHANCES: Partial<Record<FaultKind, number>> = {
  'crash-before-effect': 1 / 1_200,
  'crash-after-effect': 1 / 1_200,
  'crash-idle': 1 / 2_000,
  'freeze-short': 1 / 1_500,
  'freeze-past-session': 1 / 2_000,
  'clock-jump-forward': 1 / 800,
  'clock-jump-back': 1 / 800,
  rebalance: 1 / 100,
  'member-cut-off': 1 / 150,
  'append-failed': 1 / 60,
  'append-half-landed': 1 / 60,
  'append-landed-after-error': 1 / 80,
  'delivery-duplicated': 1 / 30,
  'producers-reordered': 1 / 40,
  'batch-torn': 1 / 4,
  'read-failed': 1 / 60,
  'log-slow': 1 / 60,
  'log-clock-back': 1 / 150,
  'log-trimmed-under-sleeper': 1 / 6,
  'offset-hole': 1 / 8,
  'store-refused': 1 / 6,
  'store-slow': 1 / 8,
  'store-timed-out-after-success': 1 / 10,
  'store-ok-with-error-inside': 1 / 10,
  'store-key-error': 1 / 3,
  'store-list-stale': 1 / 2,
  'store-late-put': 1 / 10,
  'store-disk-full': 1 / 10,
  'catalog-lost-before-commit': 1 / 40,
  'catalog-lost-after-commit': 1 / 40,
  'catalog-lost-between': 1 / 200,
  'catalog-slow': 1 / 100,
  'catalog-conflict': 1 / 60,
  'catalog-disk-full': 1 / 10,
  'spool-full': 1 / 2,
  // The world asks for these once for a call, a moment of it, or a while.
  'publisher-restarted': 1 / 4,
  'packets-lost': 1 / 4,
  'message-repeated': 1 / 4,
  'message-held-back': 1 / 4,
  'end-lost': 1 / 4,
  'control-late': 1 / 4,
  'announcement-failed': 1 / 4,
  'power-cut': 1 / 4,
  'rolling-restart': 1 / 4,
  'retention-killed': 1 / 4,
  'two-retentions': 1 / 4,
}

/** Those that last for a while once they are there: a disk stays full. */
const LASTING: ReadonlySet<FaultKind> = new Set(['store-disk-full', 'catalog-disk-full', 'spool-full'])
const LASTS_MS = 12_000
/** Of so many slices of time some are stormy and the others quiet. */
const SLICE_MS = 10_000
const STORMY = 0.7
/** How likely a run has a fault at all; what few runs come to is in more of them. */
const USED = 0.4
const USED_IF_RARE = 0.9
const RARE: ReadonlySet<FaultKind> = new Set(['spool-full'])

/** What fails in a run, and when: by seed, only in the stormy slices of time, and never from `quietFromMs` on. */
export function createFaultPlan(options: { now(): number; startMs: number; faultsForMs: number; only?: readonly FaultKind[]; random: Random }): FaultPlan {
  const { now, startMs, faultsForMs, only, random } = options
  let beganMs = startMs
  let quietFromMs = startMs + faultsForMs
  const choice = random.split('choice')
  const isCalm = only === undefined && choice.chance(0.05)
  const chances = new Map<FaultKind, number>()
  const dice = new Map<FaultKind, Random>()
  for (const kind of FAULT_KINDS) {
    const chance = CHANCES[kind]
    if (chance === undefined) continue
    // Drawn for each, so that naming the kinds changes no other kind's luck.
    const [isPicked, luck] = [choice.chance(RARE.has(kind) ? USED_IF_RARE : USED), 4 ** choice.between(-1, 1)]
    if (only === undefined ? isPicked && !isCalm : only.includes(kind)) chances.set(kind, Math.min(0.6, chance * luck))
    dice.set(kind, random.split(kind))
  }
  const slices = random.split('slices')
  let stormy = storms(faultsForMs)
  const fired = new Map<FaultKind, number>()
  const lastsUntilMs = new Map<FaultKind, number>()

  function storms(forMs: number): boolean[] {
    return Array.from({ length: Math.ceil(forMs / SLICE_MS) }, () => slices.chance(STORMY))
  }

  function count(kind: FaultKind): void {
    fired.set(kind, (fired.get(kind) ?? 0) + 1)
  }

  return {
    get quietFromMs() {
      return quietFromMs
    },
    again(forMs) {
      beganMs = now()
      quietFromMs = beganMs + forMs
      stormy = storms(forMs)
    },
    fired,
    random: random.split('looks'),
    count,
    uses: (kind) => chances.has(kind),
    fires(kind) {
      const chance = chances.get(kind)
      const nowMs = now()
      if (chance === undefined || nowMs >= quietFromMs) return false
      if ((lastsUntilMs.get(kind) ?? 0) > nowMs) return true
      if (stormy[Math.floor((nowMs - beganMs) / SLICE_MS)] !== true || dice.get(kind)?.chance(chance) !== true) return false
      if (LASTING.has(kind)) lastsUntilMs.set(kind, nowMs + (dice.get(kind)?.next() ?? 0) * LASTS_MS)
      count(kind)
      return true
    },
  }
}
