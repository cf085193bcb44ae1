import type { CallCommand } from '@twinreel/contracts/call-commands'
import { decodeCommand } from '@twinreel/contracts/messages'
import { TOPICS } from '@twinreel/contracts/topics'
import type { Batch, Consumer, EventLog, PartitionRange } from '@twinreel/event-log/port'

export interface ReadCommand {
  callId: string
  id: string
  command: CallCommand
}

/**
 * Hands on what the recorder asks of these calls, in order, from now on: what was asked before concerns nobody any more. Commands of
 * other calls and messages that are no commands are passed over. The topic must exist.
 */
export async function readCommands(
  log: EventLog,
  options: { groupId: string; callIds: ReadonlySet<string>; take(commands: ReadCommand[]): void },
): Promise<Consumer> {
  // Taken before the first call begins: by the time a partition is assigned its first commands may be there.
  const fromOffsets = new Map((await log.ranges(TOPICS.callCommands)).map(({ partition, endOffset }) => [partition, endOffset]))
  return log.consume({
    topic: TOPICS.callCommands,
    groupId: options.groupId,
    handler: {
      assigned: async (range) => startIn(range, fromOffsets.get(range.partition)),
      batch: async (batch) => {
        const commands = commandsIn(batch, options.callIds)
        if (commands.length > 0) options.take(commands)
      },
      revoked: async () => {},
    },
  })
}

function startIn(range: PartitionRange, fromOffset: number | undefined): number {
  return Math.min(range.endOffset, Math.max(range.firstOffset, fromOffset ?? range.firstOffset))
}

function commandsIn(batch: Batch, callIds: ReadonlySet<string>): ReadCommand[] {
  const commands: ReadCommand[] = []
  for (const { key, headers, value } of batch.records) {
    if (value === null || !callIds.has(key)) continue
    const decoded = decodeCommand({ key, headers, value })
    if (decoded.ok) commands.push(decoded.message)
  }
  return commands
}
