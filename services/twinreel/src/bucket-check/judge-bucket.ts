import type { BucketSettings } from '@twinreel/object-store/s3/bucket-settings'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import { fine, type BucketFinding } from './finding.ts'
import { judgeLifecycleRule, OWN_PREFIXES, reaches } from './judge-lifecycle.ts'

const GO_RETENTION_DAYS = GO_RETENTION_MS / 86_400_000
const UNTOLD = 'the server does not say'

/** What a bucket's own settings mean for Twinreel's promise that a recording is there until it is due, and nothing of it after that. */
export function judgeBucket(settings: BucketSettings): BucketFinding[] {
  return [...ofLifecycle(settings), ...ofVersioning(settings), ...ofReplication(settings), ...ofObjectLock(settings)]
}

function ofLifecycle({ lifecycle }: BucketSettings): BucketFinding[] {
  if (lifecycle === 'unknown') return [fine(`lifecycle rules: ${UNTOLD}`)]
  const found = lifecycle.flatMap(judgeLifecycleRule)
  if (found.length > 0) return found
  return [
    fine(
      lifecycle.length === 0 ? 'lifecycle rules: none' : `lifecycle rules: ${lifecycle.length}, and none deletes or archives in ${OWN_PREFIXES.join(' or ')}`,
    ),
  ]
}

function ofVersioning({ versioning, deletesByCode }: BucketSettings): BucketFinding[] {
  if (deletesByCode) {
    const what = 'versioning: a version is deleted only with a code (MFA delete), so retention can delete nothing'
    return [{ level: 'alarm', what, next: 'switch MFA delete off' }]
  }
  switch (versioning) {
    case 'unknown':
      return [fine(`versioning: ${UNTOLD}`)]
    case 'never':
      return [fine('versioning: none; what is deleted is gone')]
    case 'enabled':
    case 'suspended':
      return [fine(`versioning: ${versioning}; retention deletes every version, for which it needs s3:ListBucketVersions and s3:DeleteObjectVersion`)]
  }
}

function ofReplication({ replication }: BucketSettings): BucketFinding[] {
  if (replication === 'unknown') return [fine(`replication: ${UNTOLD}`)]
  const copying = replication.filter(({ isEnabled, prefix }) => isEnabled && OWN_PREFIXES.some((own) => reaches(prefix, own)))
  if (copying.length === 0) return [fine(replication.length === 0 ? 'replication: none' : 'replication: no rule copies what is Twinreel’s')]
  return [...new Set(copying.map(({ destination }) => destination))].map((destination) => ({
    level: 'warning',
    what: `replication: copies go to ${destination}; S3 never replicates the deletion of a version, so they stay there when a recording is deleted here`,
    next: 'delete them there by yourself, within the time that you promise, or take the rule away',
  }))
}

function ofObjectLock({ objectLock }: BucketSettings): BucketFinding[] {
  if (objectLock === 'unknown') return [fine(`object lock: ${UNTOLD}`)]
  if (objectLock === null) return [fine('object lock: none')]
  const retention = objectLock.defaultRetention
  if (retention === null) {
    const what = 'object lock: possible, with no default; an object that somebody locks by itself can’t be deleted when it is due'
    return [{ level: 'warning', what, next: null }]
  }
  const { mode, days } = retention
  const what = `object lock: every object is locked for ${days} days (${mode})`
  const next = 'take the default retention away; legal holds and paid tiers keep recordings without it'
  if (days > GO_RETENTION_DAYS) return [{ level: 'alarm', what: `${what}: recordings of the Go tier can’t be deleted when they are due`, next }]
  return [{ level: 'warning', what: `${what}: what nobody kept, and what somebody wants deleted, can’t be deleted before`, next }]
}
