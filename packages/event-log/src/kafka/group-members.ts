import { LogError } from '../port.ts'
import { toLogError } from './failure.ts'
import { coordinatorOf } from './group-requests.ts'
import { createLink } from './link.ts'
import type { KafkaLog, KafkaSettings } from './settings.ts'

const DEADLINE_MS = 10_000

/** How many members a consumer group has now; 0 for one that does not exist. A member that died counts until its session has run out. */
export async function groupMembers(settings: KafkaSettings, groupId: string, log: KafkaLog = () => undefined): Promise<number> {
  const physicalGroup = settings.topicPrefix + groupId
  const link = createLink(settings, log)
  try {
    return await link.retry(`group ${physicalGroup}`, DEADLINE_MS, async (cluster) => {
      const broker = await coordinatorOf(cluster, physicalGroup)
      const { groups } = await broker.describeGroups({ groupIds: [physicalGroup] })
      const group = groups.find((each) => each.groupId === physicalGroup)
      if (group === undefined) throw new LogError(`group ${physicalGroup}: the broker did not describe it`, { retriable: true })
      return group.members.length
    })
  } catch (error) {
    throw toLogError(error, `group ${physicalGroup}`)
  } finally {
    link.close()
  }
}
