import type { CallCommand } from '@twinreel/contracts/call-commands'
import { decodeCallEvent, encodeCommand, type CallEvent } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { Catalog } from '@twinreel/catalog/open'
import type { Consumer, EventLog, LogRecord } from '@twinreel/event-log/port'

interface FakeCall {
  orgId: string
  users: Set<string>
  seen: Set<string>
  media: number
  gates: number
}

/**
 * The least that the simulator needs of a recorder, for its tests: asks for prompts, tones and the gate as a function of the call's
 * log, answers what awaits an answer, and writes the ledger when the call is over.
 */
export async function startFakeRecorder(options: { log: EventLog; catalog: Catalog; maxBatchBytes?: number }): Promise<Consumer> {
  const { log, catalog, maxBatchBytes = 4_194_304 } = options
  const calls = new Map<string, FakeCall>()
  const consumer = await log.consume({
    topic: TOPICS.calls,
    groupId: 'recorder',
    maxBatchBytes,
    handler: {
      assigned: async ({ firstOffset }) => firstOffset,
      batch: async ({ records }) => {
        const answers = []
        for (const record of records) {
          const event = read(record)
          answers.push(...commandsFor(calls, event).map((command, n) => encodeCommand(event.callId, command, { id: `${event.id}/${n}`, source: '/recorder' })))
          if (event.awaits)
            answers.push(
              encodeCommand(
                event.callId,
                { type: 'event.handled', data: { eventId: event.id } },
                { id: `${event.id}/handled/${record.offset}`, source: '/recorder' },
              ),
            )
          if (event.type === 'call.ended' || event.type === 'timer.due') await settle(catalog, calls, event.callId)
        }
        if (answers.length > 0) await log.append(answers.map((message) => ({ topic: TOPICS.callCommands, ...message })))
      },
      revoked: async () => {},
    },
  })
  return consumer
}

function read({ key, headers, value }: LogRecord): CallEvent {
  const decoded = decodeCallEvent({ key, headers, value: value ?? new Uint8Array() })
  if (!decoded.ok) throw new Error(`a message that no recorder takes: ${decoded.reason}, ${decoded.detail}`)
  return decoded.message
}

function commandsFor(calls: Map<string, FakeCall>, event: CallEvent): CallCommand[] {
  if (event.type === 'call.started')
    calls.set(event.callId, {
      orgId: event.data.orgId,
      users: new Set(event.data.participants.flatMap(({ userId }) => userId ?? [])),
      seen: new Set(),
      media: 0,
      gates: 0,
    })
  const call = calls.get(event.callId)
  if (call === undefined || call.seen.has(event.id)) return []
  call.seen.add(event.id)
  const play = (prompt: 'recording-started' | 'recording-paused' | 'tone'): CallCommand => ({
    type: 'prompt.play',
    data: { promptId: event.id, prompt, atMs: 0 },
  })
  switch (event.type) {
    case 'call.answered':
      return [play('recording-started')]
    case 'control.pause':
      return [{ type: 'gate.close', data: { sequence: ++call.gates, atMs: 0 } }, play('recording-paused')]
    case 'control.resume':
      return [{ type: 'gate.open', data: { sequence: ++call.gates, atMs: 0 } }]
    case 'media':
      return ++call.media % 3 === 0 ? [play('tone')] : []
    case 'participant.joined':
      if (event.data.participant.userId !== undefined) call.users.add(event.data.participant.userId)
      return []
    default:
      return []
  }
}

async function settle(catalog: Catalog, calls: Map<string, FakeCall>, callId: string): Promise<void> {
  const call = calls.get(callId)
  if (call === undefined) return
  const row = {
    call_id: callId,
    org_id: call.orgId,
    call_type: null,
    direction: null,
    correlation_id: null,
    time_zero_ms: null,
    log_identity: 'fake',
    opened_offset: 0,
    log_partition: 0,
    ended_log_ms: 1,
  }
  await catalog.db
    .insertInto('calls')
    .values(row)
    .onConflict((oc) => oc.doNothing())
    .execute()
  for (const userId of call.users) {
    const entry = { call_id: callId, owner_id: userId, org_id: call.orgId, outcome: 'recorded' as const, reason: null, behavior: null, late_ms: 0 }
    await catalog.db
      .insertInto('ledger')
      .values(entry)
      .onConflict((oc) => oc.doNothing())
      .execute()
  }
}
