import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { CallRecord } from '@twinreel/call-records/call-record'
import type { Finding, Status } from '@twinreel/call-records/finding'
import type { Match } from '@twinreel/call-records/match'

/** A record in the scratch database: whose it is and which call of the log it is of, as far as that is known. */
export interface Leg {
  id: number
  record: CallRecord
  ownerId: string | null
  match: Match
}

/** A database of its own for one comparison, so that a file of any size is compared in little memory. It holds no phone number, and goes with the process. */
export interface Scratch {
  /** Answers whether the record is new: one with the same record id was there before. */
  addRecord(record: CallRecord): boolean
  /** Commits what was added. */
  flush(): void
  extent(): { fromMs: number; toMs: number } | null
  users(afterName: string, limit: number): { name: string; line: number }[]
  setOwner(name: string, ownerId: string): void
  legs(afterId: number, limit: number): Leg[]
  setMatch(id: number, match: Match): void
  matchedCalls(afterCallId: string, limit: number): string[]
  legsOf(callId: string): Leg[]
  unmatched(afterId: number, limit: number): Leg[]
  addFinding(finding: Finding, isListed: boolean): void
  markMatched(callId: string, ownerId: string): void
  isMatched(callId: string, ownerId: string): boolean
  counts(): { hourMs: number; status: Status; count: number }[]
  findings(of: 'listed' | 'all'): Generator<Finding>
  close(): void
}

const SCHEMA = `
pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -16384; pragma temp_store = memory;
create table legs (id integer primary key, record_id text, user text, from_ms integer not null, end_ms integer not null, record text not null, owner text, call text, match text);
create unique index legs_by_record on legs (record_id) where record_id is not null;
create table users (name text primary key, line integer not null, owner text) without rowid;
create table findings (id integer primary key, from_ms integer not null, status text not null, listed integer not null, finding text not null);
create table matched (call text, owner text, primary key (call, owner)) without rowid;
begin;`

const ROWS_PER_TRANSACTION = 10_000

export function openScratch(): Scratch {
  // Without a name SQLite keeps it in memory while it is small, and else in a temporary file that nobody else can open.
  const database = new DatabaseSync('')
  database.exec(SCHEMA)
  const prepare = (text: string) => database.prepare(text)
  const addLeg = prepare('insert or ignore into legs (record_id, user, from_ms, end_ms, record) values (?, ?, ?, ?, ?)')
  const addUser = prepare('insert or ignore into users (name, line) values (?, ?)')
  const setOwner = prepare('update users set owner = ? where name = ?')
  const setMatch = prepare('update legs set call = ?, match = ?, owner = (select u.owner from users u where u.name = legs.user) where id = ?')
  const users = prepare('select name, line from users where name > ? order by name limit ?')
  const COLUMNS = 'l.id, l.record, l.match, coalesce(l.owner, (select u.owner from users u where u.name = l.user)) as owner'
  const legs = prepare(`select ${COLUMNS} from legs l where l.id > ? order by l.id limit ?`)
  const matchedCalls = prepare('select distinct call from legs where call > ? order by call limit ?')
  const legsOf = prepare(`select ${COLUMNS} from legs l where l.call = ? order by l.id`)
  const unmatched = prepare(`select ${COLUMNS} from legs l where l.id > ? and l.call is null order by l.id limit ?`)
  const addFinding = prepare('insert into findings (from_ms, status, listed, finding) values (?, ?, ?, ?)')
  const mark = prepare('insert or ignore into matched values (?, ?)')
  const isMatched = prepare('select 1 from matched where call = ? and owner = ?')
  const page = prepare('select id, from_ms, finding from findings where (from_ms, id) > (?, ?) and listed >= ? order by from_ms, id limit 500')
  let written = 0
  const flush = (): void => database.exec('commit; begin')
  const wrote = (): void => {
    if (++written % ROWS_PER_TRANSACTION === 0) flush()
  }
  const read = <T>(rows: readonly Record<string, unknown>[], of: (row: Record<string, unknown>) => T): T[] => rows.map(of)
  return {
    addRecord(record) {
      const { recordId, user, talk, startMs, endMs, line } = record
      const { changes } = addLeg.run(recordId, user, talk?.fromMs ?? startMs, endMs, JSON.stringify(record))
      if (Number(changes) === 0) return false
      if (user !== null) addUser.run(user, line)
      wrote()
      return true
    },
    flush() {
      flush()
      database.exec('create index if not exists legs_by_call on legs (call)')
    },
    extent() {
      const row = database.prepare('select min(from_ms) as from_ms, max(end_ms) as to_ms from legs').get()
      return row === undefined || row['from_ms'] === null ? null : { fromMs: Number(row['from_ms']), toMs: Number(row['to_ms']) }
    },
    users: (afterName, limit) => read(users.all(afterName, limit), (row) => ({ name: String(row['name']), line: Number(row['line']) })),
    setOwner: (name, ownerId) => void setOwner.run(ownerId, name),
    legs: (afterId, limit) => read(legs.all(afterId, limit), legOf),
    setMatch(id, match) {
      setMatch.run(match.kind === 'matched' ? match.callId : null, JSON.stringify(match), id)
      wrote()
    },
    matchedCalls: (afterCallId, limit) => read(matchedCalls.all(afterCallId, limit), (row) => String(row['call'])),
    legsOf: (callId) => read(legsOf.all(callId), legOf),
    unmatched: (afterId, limit) => read(unmatched.all(afterId, limit), legOf),
    addFinding(finding, isListed) {
      addFinding.run(...([finding.fromMs, finding.status, isListed ? 1 : 0, JSON.stringify(finding)] satisfies SQLInputValue[]))
      wrote()
    },
    markMatched: (callId, ownerId) => void mark.run(callId, ownerId),
    isMatched: (callId, ownerId) => isMatched.get(callId, ownerId) !== undefined,
    counts() {
      const rows = database.prepare('select from_ms / 3600000 as hour, status, count(*) as count from findings group by 1, 2 order by 1, 2').all()
      return read(rows, (row) => ({ hourMs: Number(row['hour']) * 3_600_000, status: row['status'] as Status, count: Number(row['count']) }))
    },
    *findings(of) {
      let after: [number, number] = [Number.MIN_SAFE_INTEGER, 0]
      for (;;) {
        const rows = page.all(...after, of === 'all' ? 0 : 1)
        for (const row of rows) yield JSON.parse(String(row['finding'])) as Finding
        const last = rows.at(-1)
        if (last === undefined) return
        after = [Number(last['from_ms']), Number(last['id'])]
      }
    },
    close: () => database.close(),
  }
}

function legOf(row: Record<string, unknown>): Leg {
  const { id, record, owner, match } = row as { id: number; record: string; owner: string | null; match: string | null }
  return { id, record: JSON.parse(record) as CallRecord, ownerId: owner, match: match === null ? { kind: 'unknown' } : (JSON.parse(match) as Match) }
}
