import type { CallCommand, CallCommandData, CallCommandType } from '@twinreel/contracts/call-commands'
import { add, type IntervalSet } from '@twinreel/media/intervals'
import type { Effect, LedgerOutcome } from '../../effects.ts'
import type { Mark } from '../../facts.ts'
import type { Segment } from '../../segment.ts'

type Of<K extends Effect['kind']> = Extract<Effect, { kind: K }>
interface Asked {
  effects: readonly Effect[]
}

export function effectsOf<K extends Effect['kind']>({ effects }: Asked, kind: K): Of<K>[] {
  return effects.filter((effect): effect is Of<K> => effect.kind === kind)
}

export function commands<T extends CallCommandType>(asked: Asked, type: T): CallCommandData<T>[] {
  return effectsOf(asked, 'command').flatMap(({ command }) => (command.type === type ? [command.data as CallCommandData<T>] : []))
}

/** What the platform is asked to do, a line each. */
export function told(asked: Asked): string[] {
  return effectsOf(asked, 'command').map(({ command }) => line(command))
}

function line(command: CallCommand): string {
  switch (command.type) {
    case 'prompt.play':
      return `play ${command.data.prompt} at ${command.data.atMs}`
    case 'indicator.update':
      return `icon of ${command.data.userId}: ${command.data.indicator}`
    case 'gate.close':
      return `close gate (${command.data.sequence})`
    case 'gate.open':
      return `open gate (${command.data.sequence})`
    case 'control.rejected':
      return `reject ${command.data.control}: ${command.data.reason}`
    case 'call.release':
      return `release call: ${command.data.reason}`
    case 'event.handled':
      return `handled ${command.data.eventId}`
  }
}

export function segments(asked: Asked, ownerId: string): Segment[] {
  return effectsOf(asked, 'segment.sealed').flatMap(({ segment }) => (segment.ownerId === ownerId ? [segment] : []))
}

/** The call time that was sealed for this owner, neighbours joined. */
export function captured(asked: Asked, ownerId: string): IntervalSet {
  return segments(asked, ownerId).reduce<IntervalSet>((set, { fromMs, toMs }) => add(set, fromMs, toMs), [])
}

export function endings(asked: Asked, ownerId: string): Of<'recording.ended'>[] {
  return effectsOf(asked, 'recording.ended').filter((effect) => effect.ownerId === ownerId)
}

/** The owner's row of the ledger as it stands. */
export function ledger(asked: Asked, ownerId: string): LedgerOutcome | undefined {
  return effectsOf(asked, 'ledger').findLast((effect) => effect.ownerId === ownerId)?.outcome
}

/** Everything that is told of the owner's recordings, in the order it was sealed. */
export function marks(asked: Asked, ownerId: string): Mark[] {
  return asked.effects.flatMap((effect) => {
    if (effect.kind === 'segment.sealed' && effect.segment.ownerId === ownerId) return effect.segment.marks
    return effect.kind === 'recording.ended' && effect.ownerId === ownerId ? effect.tail.marks : []
  })
}

export function markKinds(asked: Asked, ownerId: string): string[] {
  return marks(asked, ownerId).map((mark) => mark.what.kind)
}

export function deadLetters(asked: Asked): string[] {
  return effectsOf(asked, 'dead-letter').map((effect) => effect.reason)
}

export function counted(asked: Asked): string[] {
  return effectsOf(asked, 'counted').map(({ what, amount }) => `${what}: ${amount}`)
}
