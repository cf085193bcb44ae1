/** Something about one piece of a recording that is not as it was written. */
export interface Problem {
  piece: 'manifest' | 'segment'
  /** The segment's; `null` for a manifest, and for an object that belongs to no segment. */
  index: number | null
  key: string | null
  problem: string
}
