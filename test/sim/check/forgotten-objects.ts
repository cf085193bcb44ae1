import { recordingId } from '@twinreel/recording/ids'
import { recordingObject, recordingPrefix } from '@twinreel/recording/keys'
import { policySchema } from '@twinreel/recording/policy'
import type { Evidence, Trim } from '../world/evidence.ts'
import type { Reference } from './reference.ts'
import { affectingTrims } from './trimmed-calls.ts'

type World = Pick<Evidence, 'truth' | 'calls' | 'puts' | 'segments' | 'takeovers' | 'trimmed'>

/**
 * Whether an object that no row names is what `reconcile` calls an orphan by right: it was put, and before that was committed the log forgot what asked for it, so nobody
 * else can know of it. Once its recording is purged nothing may be left all the same, and what was committed once is never forgotten.
 */
export function forgottenObjects(world: World, references: ReadonlyMap<string, Reference>): (key: string) => boolean {
  const { truth, segments } = world
  const committed = new Set(segments.map(({ key }) => key))
  const known = new Map(
    truth.database
      .prepare('select recording_id, end_reason, status from recordings')
      .all()
      .map((row) => [String(row['recording_id']), row]),
  )
  const prefixes = new Map(lossesByPrefix(world, references))
  return (key) => {
    const path = recordingObject(key)
    const trims = path === null ? undefined : prefixes.get(recordingPrefix(path))
    if (path === null || trims === undefined || committed.has(key)) return false
    const row = known.get(path.recordingId)
    if (row !== undefined) return row['end_reason'] === 'log-lost' && row['status'] !== 'purged'
    return world.puts.some((put) => put.key === key && trims.some((trim) => wasHeldBefore(world, trim, put)))
  }
}

/** Whoever takes the partition over behind the last trim finds all in the log that he asks for, and so does the next one. */
function wasHeldBefore({ takeovers }: World, { partition, atMs }: Trim, put: Evidence['puts'][number]): boolean {
  const takeover = takeovers.findLast((one) => one.process === put.process && one.partition === partition && one.atMs <= put.askedMs)
  return takeover !== undefined && takeover.atMs <= atMs
}

/** Where recordings may lie of calls that were affected. Each loss ends what goes on, and the owner's next recording has the next number, which no fold without losses comes to. */
function lossesByPrefix(world: World, references: ReadonlyMap<string, Reference>): [prefix: string, trims: readonly Trim[]][] {
  const policies = world.truth.database.prepare('select call_id, policy from policies where policy is not null').all()
  return world.calls.flatMap(({ truth: { callId, orgId } }) => {
    const trims = affectingTrims(world, callId)
    if (trims.length === 0) return []
    const started = (references.get(callId)?.effects ?? []).flatMap(({ effect }) => (effect.kind === 'recording.started' ? [effect] : []))
    const own = policies.filter((row) => row['call_id'] === callId).map((row) => policySchema.parse(JSON.parse(String(row['policy']))))
    return own.flatMap(({ ownerId, idNamespace }) => {
      const most = Math.max(0, ...started.filter((effect) => effect.ownerId === ownerId).map(({ ordinal }) => ordinal)) + trims.length
      return Array.from({ length: most }, (_, index): [string, readonly Trim[]] => {
        return [recordingPrefix({ orgId, ownerId, recordingId: recordingId(idNamespace, callId, ownerId, index + 1) }), trims]
      })
    })
  })
}
