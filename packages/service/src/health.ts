import { withoutNumbers } from './log-fields.ts'

/** Answers `null` when all is well, else why not: an operator reads it, so no secrets and no numbers of people. */
export type Check = () => Promise<string | null> | string | null

export interface CheckResult {
  ok: boolean
  reason: string | null
}

export interface Health {
  /** More checks, from now on. */
  add(checks: Readonly<Record<string, Check>>): void
  /** Every check by name. Asked several times at once, it looks once. Takes as long as the limit at most. */
  look(): Promise<Readonly<Record<string, CheckResult>>>
}

const LIMIT_MS = 2_000
const MAX_REASON_CHARACTERS = 300

/** Runs checks side by side, each bounded in time. One that has not ended since it was last begun is not begun again: what hangs must not pile up. */
export function healthOf(checks: Readonly<Record<string, Check>>, options: { limitMs?: number; monotonicMs?: () => number } = {}): Health {
  const { limitMs = LIMIT_MS, monotonicMs = () => performance.now() } = options
  const probes: [name: string, ask: () => Promise<string | null>][] = []
  let looking: Promise<Readonly<Record<string, CheckResult>>> | null = null

  async function lookOnce(): Promise<Readonly<Record<string, CheckResult>>> {
    const reasons = await Promise.all(probes.map(async ([name, ask]) => [name, await ask()] as const))
    return Object.fromEntries(
      reasons.map(([name, reason]) => [name, { ok: reason === null, reason: reason === null ? null : withoutNumbers(reason).slice(0, MAX_REASON_CHARACTERS) }]),
    )
  }

  function add(more: Readonly<Record<string, Check>>): void {
    for (const [name, check] of Object.entries(more)) probes.push([name, probe(check, limitMs, monotonicMs)])
  }

  add(checks)
  return { add, look: () => (looking ??= lookOnce().finally(() => (looking = null))) }
}

function probe(check: Check, limitMs: number, monotonicMs: () => number): () => Promise<string | null> {
  let running: Promise<string | null> | null = null
  let beganMs = 0
  return async () => {
    if (running === null) {
      beganMs = monotonicMs()
      running = (async () => check())()
        .catch((error: unknown) => (error instanceof Error ? error.message : String(error)) || 'failed')
        .finally(() => (running = null))
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`no answer for ${Math.max(1, Math.round((monotonicMs() - beganMs) / 1_000))} s`), limitMs)
    })
    const reason = await Promise.race([running, late])
    clearTimeout(timer)
    return reason
  }
}
