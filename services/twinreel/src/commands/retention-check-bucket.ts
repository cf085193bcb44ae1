import { join } from 'node:path'
import type { Command } from 'commander'
import { fine, type BucketFinding } from '../bucket-check/finding.ts'
import { checkDataDir } from '../catalog-file.ts'
import { checkFailed } from '../command-error.ts'
import { action, addCommand } from '../program.ts'
import type { Place } from '../place.ts'

export function addRetentionCheckBucket(retention: Command): void {
  addCommand(
    retention,
    'check-bucket',
    'What the bucket deletes, archives, locks or copies by itself: its lifecycle rules, versions, replication and object lock, and what each means for deletion. Changes nothing. Exits 1 when a rule deletes or archives what is Twinreel’s, or nothing can be deleted.',
    'twinreel retention check-bucket --json',
  ).action(
    action(async ({ place, output }) => {
      const { SAFE_RULES } = await import('../bucket-check/safe-rules.ts')
      const { where, findings } = await look(place)
      const alarms = findings.filter(({ level }) => level === 'alarm')
      await output.document(
        { where, holds: alarms.length === 0, findings, safeRules: SAFE_RULES },
        [
          where,
          ...findings.map(({ level, what, next }) => `${level.padEnd(7)}  ${what}${next === null ? '' : `\n         next: ${next}`}`),
          '',
          'Lifecycle rules that do no harm, for `aws s3api put-bucket-lifecycle-configuration` (none is needed):',
          JSON.stringify(SAFE_RULES, null, 2),
        ].join('\n'),
      )
      const [first] = alarms
      if (first !== undefined) throw checkFailed(`${alarms.length} ${alarms.length === 1 ? 'alarm' : 'alarms'}; first: ${first.what}`, first.next)
      return 0
    }),
  )
}

async function look(place: Place): Promise<{ where: string; findings: BucketFinding[] }> {
  switch (place.kind) {
    case 'embedded':
      checkDataDir(place.dataDir)
      return {
        where: `directory ${join(place.dataDir, 'objects')}`,
        findings: [
          fine('a directory has no lifecycle rules, versions, replication or object lock: nobody but Twinreel deletes there, and what is deleted is gone'),
        ],
      }
    case 'kafka': {
      const { readBucketSettings } = await import('@twinreel/object-store/s3/bucket-settings')
      const { placeOf } = await import('@twinreel/object-store/s3/settings')
      const { judgeBucket } = await import('../bucket-check/judge-bucket.ts')
      return { where: placeOf(place.s3), findings: judgeBucket(await readBucketSettings(place.s3)) }
    }
  }
}
