/** `alarm`: what Twinreel promises can't be kept; `warning`: somebody must know of it. */
export interface BucketFinding {
  level: 'alarm' | 'warning' | 'fine'
  what: string
  /** What to do about it; `null`: nothing. */
  next: string | null
}

export function fine(what: string): BucketFinding {
  return { level: 'fine', what, next: null }
}
