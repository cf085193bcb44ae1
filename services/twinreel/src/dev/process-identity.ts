import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process that can be told from a later one with the same pid. */
export interface ProcessIdentity {
  pid: number
  /** When it started, in the system's own words. */
  startedAt: string
}

/** The process that has this pid now; `null` when none has, or only one that is dead and waits to be reaped. */
export function processNow(pid: number): ProcessIdentity | null {
  const startedAt = process.platform === 'linux' ? startedByProc(pid) : startedByPs(pid)
  return startedAt === null ? null : { pid, startedAt }
}

/** Whether the process still runs: a process of the same pid that started at another time is somebody else's. */
export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  return processNow(pid)?.startedAt === startedAt
}

/** Signals the process if it is still the same; answers whether it was. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false
  try {
    process.kill(identity.pid, signal)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

/** proc(5): after the name in parentheses, which may hold anything, state is field 3 and start time, in ticks since boot, field 22. */
function startedByProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, ticks] = [fields[0], fields[19]]
    if (state === 'Z' || state === 'X' || ticks === undefined) return null
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`
  } catch {
    return null
  }
}

function startedByPs(pid: number): string | null {
  try {
    const [state = '', ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split(/\s+/)
    return state.startsWith('Z') || started.length === 0 ? null : started.join(' ')
  } catch {
    return null
  }
}
