import type { LifecycleRule } from '@twinreel/object-store/s3/bucket-settings'
import type { BucketFinding } from './finding.ts'

/** Where Twinreel's own objects lie: nobody else may delete there, or put away what must be read at once. */
export const OWN_PREFIXES = ['recordings/', 'journal/'] as const

/**
 * Storage classes from which an object is read without being asked for first
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html). Of any other it is not known, and an archive answers a read with an error.
 */
const READ_AT_ONCE: ReadonlySet<string> = new Set(['STANDARD', 'REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA', 'GLACIER_IR'])

/** The keys a rule applies to begin with it; empty: all. Tags and sizes narrow that further, but they may match any object. */
function prefixOf({ Filter, Prefix }: LifecycleRule): string {
  return Filter?.And?.Prefix ?? Filter?.Prefix ?? Prefix ?? ''
}

/** Whether a key below `own` can begin with `prefix`. */
export function reaches(prefix: string, own: string): boolean {
  return own.startsWith(prefix) || prefix.startsWith(own)
}

/** What a lifecycle rule does to Twinreel's objects; empty when it does nothing to them. */
export function judgeLifecycleRule(rule: LifecycleRule): BucketFinding[] {
  const prefix = prefixOf(rule)
  const reached = OWN_PREFIXES.filter((own) => reaches(prefix, own))
  const harm = harmOf(rule)
  if (reached.length === 0 || harm.length === 0) return []
  const isOff = rule.Status === 'Disabled'
  const where = `lifecycle rule ${rule.ID === undefined || rule.ID === '' ? 'without an id' : rule.ID} (${prefix === '' ? 'every key' : `keys that begin with ${prefix}`})`
  return harm.map((does) => ({
    level: isOff ? ('warning' as const) : ('alarm' as const),
    what: `${where} ${isOff ? 'is disabled; enabled, it ' : ''}${does} in ${reached.join(' and ')}`,
    next: 'retention is Twinreel’s: take the rule away, or give it a prefix that is not Twinreel’s',
  }))
}

/** Noncurrent versions, delete markers and uploads that were not finished are nobody's recordings: what is done to them does no harm. */
function harmOf({ Expiration, Transitions = [] }: LifecycleRule): string[] {
  const deletes = Expiration?.Days !== undefined || Expiration?.Date !== undefined
  const archives = new Set(Transitions.map(({ StorageClass = 'an unnamed class' }) => StorageClass).filter((name) => !READ_AT_ONCE.has(name)))
  return [
    ...(deletes ? [Expiration.Days === undefined ? 'deletes objects on a date' : `deletes objects after ${Expiration.Days} days`] : []),
    ...[...archives].map((name) => `moves objects to ${name}, from where they can’t be read at once,`),
  ]
}
