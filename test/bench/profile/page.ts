import { readFileSync } from 'node:fs'
import { busyIn, type Busy, type CpuProfile } from './cpu-profile.ts'

export interface ProfilePage {
  what: string
  /** User and system CPU of the whole process. */
  cpuMsPerCallMinute: number
  /** Of the CPU, by the share of the main thread's time: the most expensive first. */
  modules: readonly Share[]
  functions: readonly Share[]
}

interface Share {
  name: string
  percent: number
  cpuMsPerCallMinute: number
}

const MOST_MODULES = 16
const MOST_FUNCTIONS = 25

/** The profile that a phase left at `path`. The main thread is sampled; what other threads did is shared out alike. */
export function profilePage(what: string, path: string, cpuMsPerCallMinute: number): ProfilePage {
  const busy = busyIn(JSON.parse(readFileSync(path, 'utf8')) as CpuProfile)
  return {
    what,
    cpuMsPerCallMinute,
    modules: shares(busy, busy.modules, MOST_MODULES, cpuMsPerCallMinute),
    functions: shares(busy, busy.functions, MOST_FUNCTIONS, cpuMsPerCallMinute),
  }
}

function shares({ totalUs }: Busy, sums: ReadonlyMap<string, number>, most: number, cpuMsPerCallMinute: number): Share[] {
  return [...sums]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([name, us]) => ({ name, percent: (100 * us) / totalUs, cpuMsPerCallMinute: (us / totalUs) * cpuMsPerCallMinute }))
}

export function pageText({ what, cpuMsPerCallMinute, modules, functions }: ProfilePage): string {
  const lines = (shown: readonly Share[]) =>
    shown.map((share) => `${share.percent.toFixed(1).padStart(6)} % ${share.cpuMsPerCallMinute.toFixed(2).padStart(7)} ms  ${share.name}`)
  return [
    `${what}: ${cpuMsPerCallMinute.toFixed(2)} ms CPU per call-minute, with the profiler’s own`,
    '',
    'by module, with what node does for it:',
    ...lines(modules),
    '',
    'by function:',
    ...lines(functions),
  ].join('\n')
}
