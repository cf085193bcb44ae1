/**
 * What is wrong with a piece. `size`, `header`, `audio`, `bytes`, `swapped`: the object is not what was written. `unsigned`, `unknown-key`, `forged`: its
 * signature is missing, by a key that is not trusted, or not of these bytes. `chain`: a link does not follow. `other-recording`: it belongs to another one.
 * `differs`: manifest and catalog say otherwise of it. `rows`: the catalog's rows don't go together. `stray`: nobody wrote it.
 */
export type ProblemKind =
  | 'missing'
  | 'unreadable'
  | 'size'
  | 'header'
  | 'audio'
  | 'bytes'
  | 'swapped'
  | 'unsigned'
  | 'unknown-key'
  | 'forged'
  | 'malformed'
  | 'chain'
  | 'other-recording'
  | 'differs'
  | 'rows'
  | 'stray'

/** Something about one piece of a recording that is not as it was written. */
export interface Problem {
  piece: 'manifest' | 'segment'
  /** The segment's, also where its link or entry in the manifest is meant; `null` for the rest of a manifest, and for an object that belongs to no segment. */
  index: number | null
  key: string | null
  kind: ProblemKind
  problem: string
}
