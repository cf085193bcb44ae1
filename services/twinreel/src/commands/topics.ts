import type { Command } from 'commander'
import { onlyServers } from '../only-servers.ts'
import { action, addCommand } from '../program.ts'

export function addTopics(program: Command): void {
  const topics = addCommand(program, 'topics', 'The topics of a Kafka cluster.', 'twinreel topics apply')
  addCommand(
    topics,
    'apply',
    'Make the topics what they must be: create what is missing, correct the configuration of what is there. Doing it twice changes nothing; another number of partitions is refused. Needs the right to create and alter topics, which no service needs.',
    'TWINREEL_ENGINE=kafka twinreel topics apply',
  ).action(
    action(async ({ place, output }) => {
      const { kafka, topics: wanted } = onlyServers(place, '`twinreel topics`')
      const { applyTopics } = await import('@twinreel/event-log/kafka/topics')
      const { topicPlan } = await import('@twinreel/event-log/kafka/topic-plan')
      const applied = await applyTopics(kafka, topicPlan(wanted))
      await output.list(applied, {
        columns: [
          { head: 'topic', cell: ({ topic }) => topic },
          { head: 'partitions', cell: ({ partitions }) => partitions },
          { head: 'outcome', cell: ({ outcome }) => outcome },
          {
            head: 'changes',
            cell: ({ changes, remarks }) =>
              [...changes.map(({ name, from, to }) => (from === '' ? `${name}=${to}` : `${name}=${to} (was ${from})`)), ...remarks].join('\n'),
          },
        ],
        json: (topic) => topic,
        empty: 'no topics',
      })
      return 0
    }),
  )
  addCommand(
    topics,
    'check',
    'Whether every topic is there, with its partitions and the log’s own clock: what each service looks at when it starts. Exits 3 when not.',
    'TWINREEL_ENGINE=kafka twinreel topics check',
  ).action(
    action(async ({ place, output }) => {
      const { kafka, topics: wanted } = onlyServers(place, '`twinreel topics`')
      const { checkTopics } = await import('@twinreel/event-log/kafka/topics')
      const { topicPlan } = await import('@twinreel/event-log/kafka/topic-plan')
      await checkTopics(kafka, topicPlan(wanted))
      await output.document({ ok: true }, 'every topic is as it must be')
      return 0
    }),
  )
}
