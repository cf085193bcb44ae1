import { readFileSync } from 'node:fs'
import { busyIn, type Busy, type CpuProfile } from './cpu-profile.ts'

/** Where the main thread's time went while it was busy; what other threads did (the sampler's own among it) is not in it. */
export interface ProfilePage {
  what: string
  busyMsPerCallMinute: number
  /** The most expensive first. */
  modules: readonly Share[]
  functions: readonly Share[]
}

interface Share {
  name: string
  percent: number
  msPerCallMinute: number
}

const MOST_MODULES = 16
const MOST_FUNCTIONS = 25

/** Of the profile that a phase left at `path`. */
export function profilePage(what: string, path: string, callMinutes: number): ProfilePage {
  const busy = busyIn(JSON.parse(readFileSync(path, 'utf8')) as CpuProfile)
  return {
    what,
    busyMsPerCallMinute: busy.totalUs / 1_000 / callMinutes,
    modules: shares(busy, busy.modules, MOST_MODULES, callMinutes),
    functions: shares(busy, busy.functions, MOST_FUNCTIONS, callMinutes),
  }
}

function shares({ totalUs }: Busy, sums: ReadonlyMap<string, number>, most: number, callMinutes: number): Share[] {
  return [...sums]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([name, us]) => ({ name, percent: (100 * us) / totalUs, msPerCallMinute: us / 1_000 / callMinutes }))
}

export function pageText({ what, busyMsPerCallMinute, modules, functions }: ProfilePage): string {
  const lines = (shown: readonly Share[]) =>
    shown.map(({ name, percent, msPerCallMinute }) => `${percent.toFixed(1).padStart(6)} % ${msPerCallMinute.toFixed(2).padStart(7)} ms  ${name}`)
  return [
    `${what}: main thread busy ${busyMsPerCallMinute.toFixed(2)} ms per call-minute (by the clock: on a machine that others use the shares count, not the milliseconds)`,
    '',
    'by module, with what node does for it:',
    ...lines(modules),
    '',
    'by function:',
    ...lines(functions),
  ].join('\n')
}
