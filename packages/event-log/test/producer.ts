// A producer of its own process: appends to a log file beside others, then says it is done by ending with 0.
import { openSqliteLog } from '../src/sqlite.ts'

const [path = '', topic = '', name = '', calls = '0', size = '0'] = process.argv.slice(2)

const log = await openSqliteLog({ path })
await log.ensureTopics([{ topic, partitions: 2 }])
for (let call = 0; call < Number(calls); call++) {
  const records = [0, 1, 2].map((n) => ({ topic, key: name, headers: { ce_id: `${name}-${call * 3 + n}` }, value: new Uint8Array(Number(size)) }))
  await log.append(records)
}
await log.close()
