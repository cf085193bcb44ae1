/** What somebody does: an administrator, a recorder, or whoever sets the clock. `owner` and `which` count round what there is. */
export type Act =
  /** A recording that has ended, or is still going on. */
  | { kind: 'record'; owner: number; isKept: boolean; isLive: boolean }
  | { kind: 'end'; which: number }
  | { kind: 'tier'; owner: number; tier: 'go' | 'standard' | 'ai' }
  /** To a paid tier and back: its thirty days begin anew. */
  | { kind: 'bounce'; owner: number }
  /** A tier that this version does not know. */
  | { kind: 'odd-tier'; owner: number }
  | { kind: 'hold'; on: 'user' | 'recording'; which: number }
  | { kind: 'release'; which: number }
  /** Everybody of an organization; unconfirmed, nobody. */
  | { kind: 'move-all'; org: number; tier: 'go' | 'standard' | 'ai'; isConfirmed: boolean }
  /** What retention was halted for. */
  | { kind: 'confirm'; org: number }
  | { kind: 'delete'; which: number }
  | { kind: 'restore'; which: number }
  /** The catalog's clock is set so far from the true time; 0 makes it right. */
  | { kind: 'clock'; errorMs: number }
  /** An object that no row names: within a recording's prefix, or beside it. */
  | { kind: 'stray'; which: number; isInside: boolean }

export type StoreState =
  | 'well'
  /** Nothing can be deleted or listed. */
  | 'down'
  /** Of each request the first key is not deleted. */
  | 'refuses'
  /** What it deletes is deleted, but it does not answer. */
  | 'mute'

export interface Run {
  kind: 'run'
  /** What happens while it runs, before its nth call to an engine. */
  during: readonly { atCall: number; act: Act }[]
  /** Its process is killed at this call. */
  diesAtCall: number | null
  store: StoreState
  /** Recordings it may claim. */
  most: number | null
  /** How long each call takes. */
  callMs: number
}

export type Step =
  | Act
  | Run
  | { kind: 'pass'; ms: number }
  /** To when the next recording is due, or a moment before or after. */
  | { kind: 'to-due'; offsetMs: number }
  /** The worker is killed and is back after a while. */
  | { kind: 'outage'; ms: number }

export interface History {
  /** The worker has a clock of its own beside the catalog's, which is right. */
  hasWitness: boolean
  /** So few unexplained recordings of an organization stop a run, where it is not the worker's own limit. */
  brake: number | null
  steps: readonly Step[]
}
