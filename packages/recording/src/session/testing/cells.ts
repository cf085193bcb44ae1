import { CALL_EVENTS } from '@twinreel/contracts/call-events'
import { CONTROLS_BY_MODE, MODES, type Mode } from '../../settings.ts'
import type { OwnerMachine } from '../state.ts'

export const PLACES = [
  'excluded',
  'standby',
  'announcing',
  'waiting for the gate to start',
  'recording',
  'paused',
  'resuming',
  'waiting for the gate to resume',
  'failed',
  'ended',
] as const
export type Place = (typeof PLACES)[number]
export const TYPES: readonly string[] = [...Object.keys(CALL_EVENTS), 'media']

export function placeOf(machine: OwnerMachine): Place {
  if (machine.kind !== 'announcing') return machine.kind
  if (machine.stage === 'prompt') return machine.before === 'start' ? 'announcing' : 'resuming'
  return machine.before === 'start' ? 'waiting for the gate to start' : 'waiting for the gate to resume'
}

/** Why no owner of this mode is ever there, or `null`. Every message can come everywhere. */
export function unreachable(mode: Mode, place: Place): string | null {
  if (mode === 'never') return place === 'excluded' ? null : 'never is excluded from the answer to the end'
  switch (place) {
    case 'standby':
      return mode === 'on-demand-user-start' ? null : 'the other modes start by themselves'
    case 'failed':
      return mode === 'on-demand-user-start' ? 'a user who starts recordings may try again' : null
    case 'paused':
    case 'resuming':
    case 'waiting for the gate to resume':
      return CONTROLS_BY_MODE[mode].includes('pause') ? null : 'the mode knows no pause'
    default:
      return null
  }
}

/** How often each cell was reached: mode and place down, message types across. */
export function table(counts: ReadonlyMap<string, number>): string {
  const short = TYPES.map((type) =>
    type
      .replace(/^(participant|stream|control|call|prompt|timer|gate)\./, (_, word: string) => (word === 'call' ? '' : `${word.slice(0, 1)}.`))
      .slice(0, 8)
      .padStart(9),
  )
  const rows = MODES.flatMap((mode) =>
    PLACES.filter((place) => unreachable(mode, place) === null).map(
      (place) => `${`${mode}, ${place}`.padEnd(52)}${TYPES.map((type) => String(counts.get(cell(mode, place, type)) ?? 0).padStart(9)).join('')}`,
    ),
  )
  return [`${'mode, place'.padEnd(52)}${short.join('')}`, ...rows].join('\n')
}

export function cell(mode: Mode, place: Place, type: string): string {
  return `${mode} × ${place} × ${type}`
}
