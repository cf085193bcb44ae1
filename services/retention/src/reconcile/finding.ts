/**
 * `orphan`: an object that no row names. `ghost`: a row whose object is missing. `leftover`: an object of a recording that was purged, or a copy beside other
 * bytes. `foreign`: a key of another shape than ours. `size`, `flip`: the object is not what its row says, by its size or its hash. `in-flight`: an object whose
 * row may come yet, or whose recording is just being deleted: nothing is wrong.
 */
export const FINDING_KINDS = ['orphan', 'ghost', 'leftover', 'foreign', 'size', 'flip', 'in-flight'] as const
export type FindingKind = (typeof FINDING_KINDS)[number]

export interface Finding {
  kind: FindingKind
  key: string
  recordingId: string | null
  /** Of the object; `null` where there is none. */
  sizeBytes: number | null
  why: string
  /** What `reconcile` may be asked to delete it as; `null`: it never deletes it. */
  deletable: 'leftover' | 'orphan' | null
}

export type Counts = Record<FindingKind, number>

export function noCounts(): Counts {
  return { orphan: 0, ghost: 0, leftover: 0, foreign: 0, size: 0, flip: 0, 'in-flight': 0 }
}
