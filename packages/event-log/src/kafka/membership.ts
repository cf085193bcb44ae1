import { setTimeout as delay } from 'node:timers/promises'
import { decodeAssignment, encodeMember, PROTOCOL } from './assignment-protocol.ts'
import { isPassing, protocolError, toLogError } from './failure.ts'
import { commitPositions, coordinatorOf, joinGroup, leaveInPlaceOf, shareOut } from './group-requests.ts'
import { createLink, pauseMs } from './link.ts'
import type { MemberMemory } from './member-memory.ts'
import { partitionsOf } from './partitions.ts'
import type { Broker, Cluster, JoinedGroup } from './protocol.ts'
import { LogError } from '../port.ts'
import type { KafkaLog, KafkaSettings } from './settings.ts'
import { timely } from './timely.ts'

export interface MembershipEvents {
  /** Partitions held at the moment, to be named when joining. */
  held(): readonly number[]
  /** The share in a new generation. What was held and is named here is kept. */
  assigned(partitions: readonly number[]): void
  /** The group has gone on without this member: it holds nothing any more. */
  lost(): void
  /** Next offsets of the partitions held, as a hint for whoever looks at the group from outside. */
  positions(): ReadonlyMap<number, number>
  /** For good: no more tries are made. */
  failed(error: unknown): void
}

export interface Membership {
  /** Whether the group can't have given the partitions to somebody else meanwhile. */
  isFresh(): boolean
  /** What was lost has been given back: the group may share it anew. */
  gaveBack(): void
  /** Leaves the group, in bounded time; resolves at once when no broker answers. */
  leave(): Promise<void>
}

interface Seat {
  readonly coordinator: Broker
  readonly memberId: string
  readonly generation: number
}

/** What became of a generation. */
type Ending = 'rejoin' | 'expelled' | 'unreachable'

/** Also how soon a member hears that others come or go. */
const HEARTBEAT_MS = 1_000
const REBALANCE_TIMEOUT_MS = 60_000
const COMMIT_EVERY_MS = 5_000
const LEAVE_MS = 2_000
const EXPELLED = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'])
/** The group is there, and this member in it, somewhere else or a little later. */
const ELSEWHERE = new Set(['NOT_COORDINATOR_FOR_GROUP', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'GROUP_LOAD_IN_PROGRESS'])

/**
 * Keeps a member in a consumer group: joins, shares out the partitions when chosen to, heartbeats beside whatever the handlers do, and
 * joins again when others come or go. A broker that is away is waited for; the member keeps its place when it comes back in time.
 */
export function startMembership(
  { settings, log, members }: { settings: KafkaSettings; log: KafkaLog; members: MemberMemory },
  group: { groupId: string; topic: string },
  events: MembershipEvents,
): Membership {
  const { groupId, topic } = group
  const { sessionTimeoutMs } = settings
  const link = createLink(settings, log)
  const stopping = new AbortController()
  let memberId = ''
  /** A join under way: in its answer a new member learns its id. */
  let joining: Promise<JoinedGroup> | null = null
  /** Of the last answer to a join, and of the last share that was got. */
  let joinedGeneration = -1
  let heldGeneration = -1
  let contactMs = Number.NEGATIVE_INFINITY
  let wake = (): void => undefined
  let mustRejoin = false
  const committed = new Map<number, number>()
  let committedMs = performance.now()
  const done = run().catch((error: unknown) => {
    if (!stopping.signal.aborted) events.failed(toLogError(error, `group ${groupId}`))
  })

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      try {
        const seat = await link.run(takeSeat)
        failures = 0
        let current: Seat | null = seat
        while (current !== null && !stopping.signal.aborted) {
          const ending: Ending = await sit(current)
          if (ending === 'expelled') expelled('the group has gone on without this member')
          current = ending === 'unreachable' ? await findSeat(current) : null
        }
      } catch (error) {
        const type = protocolError(error)
        if (type !== null && EXPELLED.has(type)) expelled(`the group does not know this member (${type})`)
        else if (type === 'REBALANCE_IN_PROGRESS') failures = 0
        else if (!isPassing(error)) throw error
        if (failures++ === 3) log('warn', 'a consumer cannot join its group; trying on', { groupId, reason: toLogError(error, 'join').message })
        await rest(type === 'REBALANCE_IN_PROGRESS' ? 10 : pauseMs(failures))
      }
    }
  }

  function expelled(why: string): void {
    if (memberId !== '' || heldGeneration !== -1) log('warn', 'a consumer was expelled from its group and joins anew', { groupId, reason: why })
    forget()
    joinedGeneration = heldGeneration = -1
    contactMs = Number.NEGATIVE_INFINITY
    committed.clear()
    events.lost()
  }

  function named(id: string): void {
    if (id === memberId) return
    members.joining({ groupId, memberId: id })
    memberId = id
  }

  function forget(): void {
    if (memberId !== '') members.left({ groupId, memberId })
    memberId = ''
  }

  /** So that what dead processes held is free at once, and not when their sessions have run out. */
  async function leaveForTheDead(coordinator: Broker): Promise<void> {
    for (const dead of members.dead().filter((member) => member.groupId === groupId)) {
      await leaveInPlaceOf(coordinator, dead)
      members.left(dead)
      log('info', 'left the consumer group in place of a process that died', { groupId })
    }
  }

  /** Joins the group and learns which share of the partitions is this member's. */
  async function takeSeat(cluster: Cluster): Promise<Seat> {
    mustRejoin = false
    await partitionsOf(cluster, topic)
    const coordinator = await coordinatorOf(cluster, groupId)
    await leaveForTheDead(coordinator)
    const request = {
      groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      memberId,
      groupProtocols: [{ name: PROTOCOL, metadata: encodeMember(topic, { generation: heldGeneration, held: events.held() }) }],
    }
    joining = joinGroup(coordinator, request, named)
    const joined = await joining.finally(() => (joining = null))
    if (stopping.signal.aborted) throw new LogError(`group ${groupId}: left while joining`, { retriable: true })
    // A generation without this member may have given its partitions to somebody who has given them back since.
    if (heldGeneration !== -1 && joined.generationId !== joinedGeneration + 1) events.lost()
    joinedGeneration = joined.generationId
    const isLeader = joined.leaderId === joined.memberId
    const sentMs = performance.now()
    const { memberAssignment } = await coordinator.syncGroup({
      groupId,
      generationId: joined.generationId,
      memberId,
      groupAssignment: isLeader ? await shareOut(cluster, topic, joined) : [],
    })
    contactMs = sentMs
    heldGeneration = joined.generationId
    const partitions = decodeAssignment(topic, memberAssignment)
    log('info', 'joined the consumer group', { groupId, generation: joined.generationId, members: isLeader ? joined.members.length : undefined, partitions })
    if (!stopping.signal.aborted) events.assigned(partitions)
    return { coordinator, memberId, generation: joined.generationId }
  }

  /** Heartbeats until the group changes. */
  async function sit({ coordinator, generation }: Seat): Promise<Ending> {
    const everyMs = Math.min(HEARTBEAT_MS, sessionTimeoutMs / 6)
    while (!stopping.signal.aborted) {
      if (mustRejoin) return 'rejoin'
      await rest(everyMs)
      if (stopping.signal.aborted) break
      const sentMs = performance.now()
      try {
        // The answer is what counts, but a way that hangs must be noticed while the session lasts.
        await link.run(() => timely(sessionTimeoutMs / 3, coordinator.heartbeat({ groupId, groupGenerationId: generation, memberId })))
        contactMs = sentMs
      } catch (error) {
        const type = protocolError(error)
        if (type === 'REBALANCE_IN_PROGRESS') {
          contactMs = sentMs
          return 'rejoin'
        }
        if (type !== null && EXPELLED.has(type)) return 'expelled'
        if ((type !== null && ELSEWHERE.has(type)) || isPassing(error)) return 'unreachable'
        throw error
      }
      if (sentMs - committedMs >= COMMIT_EVERY_MS) await commit(coordinator, generation)
    }
    return 'rejoin'
  }

  /** The place in the same generation at the coordinator of now; tried until one answers. */
  async function findSeat(seat: Seat): Promise<Seat | null> {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      try {
        const coordinator = await link.run((cluster) => coordinatorOf(cluster, groupId))
        if (failures > 3) log('info', 'the group coordinator answers again', { groupId })
        return { ...seat, coordinator }
      } catch (error) {
        if (!isPassing(error)) throw error
        if (failures === 3) log('warn', 'the group coordinator does not answer; trying on', { groupId, reason: toLogError(error, 'heartbeat').message })
        await rest(pauseMs(failures))
      }
    }
    return null
  }

  /** Only a hint: where to go on is said by whoever handles the records. */
  async function commit(coordinator: Broker, generation: number): Promise<void> {
    committedMs = performance.now()
    const positions = uncommitted()
    for (const [partition, offset] of positions) committed.set(partition, offset)
    await link.run(() => timely(LEAVE_MS, commitPositions(coordinator, { groupId, topic, memberId, generation, positions }))).catch(() => undefined)
  }

  function uncommitted(): [number, number][] {
    return [...events.positions()].filter(([partition, offset]) => committed.get(partition) !== offset)
  }

  async function rest(ms: number): Promise<void> {
    const woken = new Promise<void>((resolve) => (wake = resolve))
    const cancel = new AbortController()
    await Promise.race([woken, delay(ms, null, { signal: AbortSignal.any([cancel.signal, stopping.signal]) }).catch(() => undefined)])
    cancel.abort()
  }

  /** A join may be waiting on the other connection, so leaving has one of its own. */
  async function leave(): Promise<void> {
    stopping.abort()
    // Without an id nobody can leave, and the others would wait for this member until its session has run out.
    if (memberId === '' && joining !== null) memberId = (await timely(LEAVE_MS, joining).catch(() => null))?.memberId ?? ''
    const seat = { groupId, topic, memberId, generation: heldGeneration, positions: uncommitted() }
    const way = createLink({ ...settings, connectTimeoutMs: Math.min(settings.connectTimeoutMs, LEAVE_MS / 2) }, log)
    const leaving = async (cluster: Cluster): Promise<void> => {
      const coordinator = await coordinatorOf(cluster, groupId)
      await commitPositions(coordinator, seat).catch(() => undefined)
      await coordinator.leaveGroup({ groupId, memberId })
      forget()
    }
    if (memberId !== '') await timely(LEAVE_MS, way.run(leaving)).catch(() => undefined)
    way.close()
    link.close()
    await done
  }

  return {
    isFresh: () => performance.now() - contactMs < sessionTimeoutMs,
    gaveBack() {
      mustRejoin = true
      wake()
    },
    leave,
  }
}
