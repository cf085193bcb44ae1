import type { WrappingKeys } from '@twinreel/catalog/media-keys'
import type { Catalog } from '@twinreel/catalog/open'
import type { EventLog } from '@twinreel/event-log/port'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { Clock } from '@twinreel/service/clock'
import type { Logger } from '@twinreel/service/log'
import type { ManifestKeys, ManifestSigner } from '@twinreel/recording/manifest-signature'
import type { RecorderObserver } from './observe.ts'
import type { Spool } from './spool.ts'

/** Everything a recorder is given: engines, clock and time. */
export interface RecorderDeps {
  eventLog: EventLog
  store: ObjectStore
  catalog: Catalog
  clock: Clock
  /** Goes on evenly, whatever the clock is set to. */
  monotonicMs(): number
  /** For the keys of encrypted media; without them such keys can't be used. */
  wrappingKeys?: WrappingKeys
  log: Logger
  /** Signs manifests and the journal. */
  signer: ManifestSigner
  /** Of the signer, and of those before it: a manifest that one of them signed need not be written again. */
  trustedKeys: ManifestKeys
  /** Resolves after so long, or when aborted; never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** Calls back again and again until the returned function is called. */
  every(ms: number, callback: () => void): () => void
  /** Opens the spool in `spoolDir`; a directory of encrypted files by default. */
  openSpool?(directory: string): Promise<Spool>
  /** Hears of the work as it happens; a recording never depends on it. */
  observe?: RecorderObserver
  /** A provisional recording ended without anybody asking to keep it: its segments are to go at once. */
  onNotKept?(): void
  options?: Partial<RecorderOptions>
}

export interface RecorderOptions {
  groupId: string
  /** Objects written at once. */
  putConcurrency: number
  /** Sealed audio that waits for the store in memory; more is put aside in `spoolDir` if the store takes nothing, else the log waits. */
  maxMemoryBytes: number
  /** Sealed audio waiting in all, beyond which no more of the log is read. */
  maxWaitingBytes: number
  /** A directory of this recorder's own; `null` puts nothing aside. */
  spoolDir: string | null
  /** Log time between checkpoints of a call that seals nothing. */
  checkpointEveryMs: number
  /** How long a commit waits for others to join it: each costs the disk a flush, or the database a round trip. */
  lingerMs: number
  /** The same while no call has ended, before that. */
  lingerCalmMs: number
  /** The same while the recorder catches up. */
  lingerBehindMs: number
  /** How often calls are looked at for silence. */
  tickMs: number
  /** How long the log keeps what every recorder is done with. */
  logRetentionMs: number
  maxValueBytes: number
}

export const DEFAULT_OPTIONS: RecorderOptions = {
  groupId: 'recorder',
  putConcurrency: 4,
  maxMemoryBytes: 128 * 1024 * 1024,
  maxWaitingBytes: 2 * 1024 * 1024 * 1024,
  spoolDir: null,
  checkpointEveryMs: 60_000,
  lingerMs: 30,
  lingerCalmMs: 500,
  lingerBehindMs: 250,
  tickMs: 500,
  logRetentionMs: 72 * 3_600_000,
  maxValueBytes: 1024 * 1024,
}
