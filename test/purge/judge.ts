import { DatabaseSync } from 'node:sqlite'
import type { AtDoor } from '../support/s3-door.ts'
import { STRAY, type FilledPlace } from './filled-place.ts'
import { folderOf } from './in-bucket.ts'
import { doomedBy, isDelete, type PurgeStep } from './steps.ts'

/** What is in the catalog and in the bucket at one moment. */
export interface Seen {
  /** Claimed and not certified: how many have all objects that rows name, some of them, or none. */
  claimed: { whole: number; halved: number; bare: number }
  certified: number
}

/** Looks with its own eyes: at the bucket past the door, every version; at the catalog's file; and at each request for a deletion before it is let through. */
export interface Judge {
  /** What is wrong, in words, and has been since the beginning. */
  wrong: string[]
  /** Keys that the store was asked to delete. */
  sent: ReadonlySet<string>
  /** A request has gone on to the store. */
  noteSent(asked: AtDoor): void
  /** Before a request goes on to the store. */
  before(asked: AtDoor): void
  /** While no worker lives. */
  look(): Promise<Seen>
  /** When all is over: nothing is left that was to go, and all else is as it was. */
  atLast(): Promise<void>
  close(): void
}

const MOST_TOLD = 20
const FOLDER_OF_R = "'recordings/' || r.org_id || '/' || r.owner_id || '/' || r.recording_id"
const FOLDER = "'recordings/' || org_id || '/' || owner_id || '/' || recording_id"

export function judgeOf({ catalogPath, due, filled, versions }: FilledPlace): Judge {
  const database = new DatabaseSync(catalogPath, { readOnly: true })
  const wrong: string[] = []
  const sent = new Set<string>()
  const claims = database.prepare(`select ${FOLDER} as folder, purged_at_ms from recordings where claimed_at_ms is not null`)
  const certificates = database.prepare(
    `select ${FOLDER_OF_R} as folder, count(c.sequence) as n from certificates c join recordings r using (recording_id) group by recording_id`,
  )
  const row = database.prepare(`select claimed_at_ms, purged_at_ms from recordings where recording_id = ? and ${FOLDER} = ?`)
  const objectsOf = Map.groupBy(filled, (version) => folderOf(version))
  const kept = filled.filter((version) => !due.has(folderOf(version)))

  function tell(what: string): void {
    if (wrong.length < MOST_TOLD && !wrong.includes(what)) wrong.push(what)
  }

  return {
    wrong,
    sent,
    noteSent(asked) {
      if (isDelete(asked)) for (const { key } of doomedBy(asked)) sent.add(key)
    },
    before(asked) {
      if (!isDelete(asked) && asked.method !== 'DELETE') return
      for (const { key } of doomedBy(asked)) {
        // A store that is opened is tried with an object of its own.
        if (key.startsWith('twinreel-probe/')) continue
        const folder = folderOf(key)
        const found = row.get(folder.slice(folder.lastIndexOf('/') + 1), folder)
        if (!due.has(folder)) tell(`${key} was to be deleted, which is nothing of what is due`)
        else if (found === undefined || found['claimed_at_ms'] === null) tell(`${key} was to be deleted, and nobody had claimed its recording`)
        else if (found['purged_at_ms'] !== null) tell(`${key} was to be deleted after its recording was certified as gone`)
      }
    },
    async look() {
      const there = new Set(await versions())
      const left = Map.groupBy(there, folderOf)
      const proven = new Map(certificates.all().map((one) => [String(one['folder']), Number(one['n'])]))
      const seen: Seen = { claimed: { whole: 0, halved: 0, bare: 0 }, certified: 0 }
      const claimed = new Set<string>()
      for (const { folder, purged_at_ms } of claims.all()) {
        const name = String(folder)
        claimed.add(name)
        const count = left.get(name)?.length ?? 0
        const named = (left.get(name) ?? []).filter(isNamed).length
        if (!due.has(name)) tell(`${name} was claimed, and is to be kept`)
        if ((proven.get(name) ?? 0) !== Number(purged_at_ms !== null)) tell(`${name} has ${proven.get(name) ?? 0} certificates`)
        if (purged_at_ms === null) seen.claimed[named === 0 ? 'bare' : named < (objectsOf.get(name) ?? []).filter(isNamed).length ? 'halved' : 'whole'] += 1
        else seen.certified += 1
        if (purged_at_ms !== null && count > 0) tell(`${name} is certified as gone, and ${left.get(name)?.[0]} is there`)
      }
      for (const name of due)
        if (!claimed.has(name))
          for (const version of objectsOf.get(name) ?? []) if (!there.has(version)) tell(`${version} is gone, and nobody had claimed its recording`)
      for (const version of kept) if (!there.has(version)) tell(`${version} is gone, which is nothing of what is due`)
      return seen
    },
    async atLast() {
      const there = await versions()
      const left = there.filter((version) => due.has(folderOf(version)))
      const [first] = left
      if (first !== undefined) tell(`${left.length} objects are left when all is over, ${first} first`)
      const others = there.filter((version) => !due.has(folderOf(version)))
      if (others.join('\n') !== kept.join('\n')) tell('what was to be kept is not as it was')
    },
    close: () => database.close(),
  }
}

function isNamed(version: string): boolean {
  return !version.includes(`/${STRAY} `)
}

/** What a kill at this step must have left, or else it was not there: words when it did not. */
export function missingAfter(step: PurgeStep, { claimed, certified }: Seen, before: Seen): string | null {
  const { whole, halved, bare } = claimed
  switch (step) {
    case 'claimed':
    case 'tombstone-journaled':
      return whole > 0 ? null : 'no claimed recording has all of its objects'
    case 'some-deleted':
      return halved > 0 ? null : 'no claimed recording has lost some of its objects'
    case 'all-deleted':
    case 'verified':
      return bare > 0 ? null : 'no claimed recording is without objects'
    case 'certified':
      return certified > before.certified ? null : 'nothing more is certified'
  }
}
