import { setTimeout as turn } from 'node:timers/promises'
import { enableOrganization } from '@twinreel/catalog/accounts/organizations'
import { switchRecordingOn } from '@twinreel/catalog/accounts/recording-switch'
import { addUser } from '@twinreel/catalog/accounts/users'
import type { Catalog } from '@twinreel/catalog/open'
import { openPostgresCatalog } from '@twinreel/catalog/postgres'
import type { TestDatabase } from '@twinreel/catalog/postgres/testing'
import { claimPartition, commit } from '@twinreel/catalog/recorder'
import type { Draws } from '@twinreel/simulator/random'
import { memoryStore, type MemoryStore } from '@twinreel/object-store/memory'
import { beginning, ending, newRecording, putObjects } from '../record.ts'
import type { RecordingFact } from '../reference.ts'
import { BECAUSE, type Owner } from '../world.ts'

export const ORG = 'acme'
/** The first two are moved by one administrator, the others by another. */
export const USERS = ['ann', 'bob', 'eve', 'joe'] as const
const WORKERS = 4
const RECORDINGS = 40
const DAY_MS = 86_400_000
const START_MS = Date.UTC(2028, 0, 25)
/** Six hours go by in each millisecond, so that thirty days are a few round trips to the database. */
const PACE = 6 * 3_600_000

export interface Connections {
  /** Each with connections of its own. */
  workers: readonly Catalog[]
  movers: readonly Catalog[]
  holder: Catalog
  /** By the clock that all of them have. */
  nowMs(): number
  restartClock(pace: number): void
  close(): Promise<void>
}

export async function connect(database: TestDatabase): Promise<Connections> {
  let [pace, sinceMs] = [1, performance.now()]
  const nowMs = (): number => Math.floor(START_MS + (performance.now() - sinceMs) * pace)
  const open = (role: 'retention' | 'migrator'): Promise<Catalog> => openPostgresCatalog({ ...database.settings(role), poolSize: 2 }, { clock: nowMs })
  const workers = await Promise.all(Array.from({ length: WORKERS }, () => open('retention')))
  const [holder, ...movers] = await Promise.all([open('migrator'), open('migrator'), open('migrator')])
  return {
    workers,
    movers,
    holder,
    nowMs,
    restartClock: (newPace) => void ([pace, sinceMs] = [newPace, performance.now()]),
    close: async () => void (await Promise.all([...workers, ...movers, holder].map((catalog) => catalog.close()))),
  }
}

export interface AtOnce extends Connections {
  store: MemoryStore
  recordings: readonly RecordingFact[]
}

/** Users on the free tier, with recordings that ended within two months before or end within one after. */
export async function openAtOnce(database: TestDatabase, connections: Connections, random: Draws): Promise<AtOnce> {
  const { holder, nowMs, restartClock } = connections
  await database.empty()
  restartClock(1)
  await enableOrganization(holder, { ...BECAUSE, orgId: ORG, name: ORG, partnerId: 'carrier' })
  for (const userId of USERS) {
    await addUser(holder, { ...BECAUSE, userId, orgId: ORG, licence: 'professional' })
    await switchRecordingOn(holder, { ...BECAUSE, userId, settings: { mode: 'always' } })
  }
  const store = memoryStore({ clock: nowMs })
  const owner = (): Owner => ({ userId: random.pick(USERS), orgId: ORG, isKnown: true })
  const recordings = Array.from({ length: RECORDINGS }, (_, n) => newRecording(`rec-${n}`, owner(), random.chance(0.9)))
  for (const recording of recordings) {
    recording.endedMs = START_MS + random.whole(-60 * DAY_MS, 30 * DAY_MS)
    await putObjects(store, recording)
  }
  const of = { topic: 'calls', partition: 0 }
  const { epoch } = await claimPartition(holder, { ...of, logIdentity: 'log-1', endOffset: 1_000 })
  await commit(
    holder,
    { ...of, epoch },
    recordings.flatMap((recording) => [...beginning(recording, START_MS), ending(recording, recording.endedMs ?? 0)]),
  )
  restartClock(PACE)
  return { ...connections, store, recordings }
}

/** Lets the others go on. */
export function letOthers(): Promise<void> {
  return turn(0)
}
