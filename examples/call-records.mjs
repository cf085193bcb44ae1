// Writes what a platform's call detail records would say of simulated calls, as JSON lines: node call-records.mjs TRUTH_DIRECTORY
import { readFileSync, readdirSync } from 'node:fs'

const directory = process.argv[2]
for (const file of readdirSync(directory).filter((name) => name.endsWith('.json'))) {
  const call = JSON.parse(readFileSync(`${directory}/${file}`, 'utf8'))
  const at = (ms) => new Date(Date.parse(call.timeZero) + ms).toISOString()
  const when = (type, id) => call.events.find((one) => one.type === type && (one.data.participantId ?? one.data.participant?.participantId) === id)?.atMs
  const end = Math.max(...call.events.map((one) => one.atMs))
  for (const { participantId: id, userId, role } of call.participants.filter((one) => one.userId !== null)) {
    const joined = when('participant.joined', id)
    const answered = joined !== undefined || role === 'originating' || call.answeredBy.participantId === id
    console.log(JSON.stringify({ call: call.callId, user: userId, answered, from: at(joined ?? 0), to: at(when('participant.left', id) ?? end) }))
  }
}
