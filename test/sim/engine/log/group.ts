import { assign } from '@twinreel/event-log/kafka/assignment'
import type { ProcessState } from '../types.ts'
import type { Parts } from '../world-parts.ts'

/** A member as its group sees it. Everything is asked of it and told to it through its process, which may be frozen or dead. */
export interface Member {
  readonly id: string
  state(): ProcessState
  /** Whether it hears the group at all. */
  isCutOff(): boolean
  /** Partitions it has and has not given back. */
  held(): readonly number[]
  /** Of its last share; -1 when it was thrown out since. */
  generation(): number
  /** The group shares anew: `eager` asks it to give everything back first. */
  prepare(isEager: boolean): void
  /** Its share. */
  take(partitions: readonly number[], generation: number): void
  /** It hears that the group has gone on without it. */
  lost(): void
}

/**
 * A consumer group by the rules of the real one: a partition is given to somebody else only after its living holder has given it back, or its
 * session has ended. Heartbeats are not played one by one: who is frozen, dead or cut off for as long as a session is out.
 */
export interface Group {
  readonly groupId: string
  join(member: Member): void
  leave(id: string): void
  /** The member falls silent now: it is out after its session, unless it is heard again. */
  silent(id: string): void
  /** The member is heard again; `false` when it is out. */
  heard(id: string): boolean
  /** What was to move has been given back. */
  gaveBack(id: string): void
  /** All give back everything and share anew. */
  shuffle(): void
  waiting(): string
}

interface Seat {
  member: Member
  /** Its share of this generation is on its way. */
  isTold: boolean
  endsSession: (() => void) | null
}

const LOOK_AGAIN_MS = 150

export function createGroup(parts: Parts, options: { groupId: string; partitions: number; sessionMs: number }): Group {
  const { time, trace } = parts
  const { groupId, partitions, sessionMs } = options
  const random = parts.random(`group/${groupId}`)
  const seats = new Map<string, Seat>()
  let generation = 0
  let isSharing = false
  let isAsked = false
  let isEager = false
  /** Whether the members were asked to give everything back for the sharing under way. */
  let givesBack = false

  function share(how: 'calm' | 'eager' = 'calm'): void {
    isAsked = true
    isEager ||= how === 'eager'
    if (isSharing) return
    isSharing = true
    // A member hears with its next heartbeat that others come or go.
    time.at(time.now() + random.between(5, 1_000), `${groupId} prepares`, prepare)
  }

  function prepare(): void {
    isAsked = false
    givesBack = isEager
    isEager = false
    for (const { member } of seats.values()) member.prepare(givesBack)
    time.at(time.now() + random.between(5, 100), `${groupId} shares`, settle)
  }

  function isReady({ member, isTold }: Seat): boolean {
    return member.state() === 'running' && !member.isCutOff() && !isTold && (!givesBack || member.held().length === 0)
  }

  function settle(): void {
    if (![...seats.values()].every(isReady)) {
      // The dead and the frozen are waited for until their session has ended, the slow until they are done.
      time.at(time.now() + LOOK_AGAIN_MS, `${groupId} shares`, settle)
      return
    }
    generation += 1
    const shares = assign(
      partitions,
      [...seats.values()].map(({ member }) => ({
        memberId: givesBack ? `${random.whole(100, 999)}/${member.id}` : member.id,
        held: member.held(),
        generation: member.generation(),
      })),
    )
    trace.note(`${groupId} shared`, generation, givesBack, [...shares].map(([id, mine]) => `${id}: ${mine.join(' ')}`).join(', '))
    for (const [name, mine] of shares) {
      const seat = seats.get(name.replace(/^\d{3}\//, ''))
      if (seat === undefined) continue
      seat.isTold = true
      const mineGeneration = generation
      time.at(time.now() + random.between(1, 60), `${groupId} share`, () => {
        seat.isTold = seat.member.state() === 'frozen'
        seat.member.take(mine, mineGeneration)
      })
    }
    isSharing = false
    if (isAsked) share()
  }

  function out(id: string): void {
    const seat = seats.get(id)
    if (seat === undefined) return
    seat.endsSession?.()
    seats.delete(id)
    trace.note(`${groupId} without`, id)
    if (seats.size > 0) share()
  }

  return {
    groupId,
    join(member) {
      seats.set(member.id, { member, isTold: false, endsSession: null })
      share()
    },
    leave: out,
    silent(id) {
      const seat = seats.get(id)
      if (seat === undefined || seat.endsSession !== null) return
      // Its last heartbeat may lie a second back.
      seat.endsSession = time.at(time.now() + sessionMs - random.between(0, 1_000), `${groupId} ends ${id}`, () => out(id))
    },
    heard(id) {
      const seat = seats.get(id)
      if (seat === undefined) return false
      seat.endsSession?.()
      seat.endsSession = null
      seat.isTold = false
      return true
    },
    gaveBack(id) {
      if (seats.has(id)) share()
    },
    shuffle() {
      if (seats.size > 0) share('eager')
    },
    waiting: () => `${groupId}: generation ${generation}, ${[...seats.keys()].join(' ')}${isSharing ? ', sharing' : ''}`,
  }
}
