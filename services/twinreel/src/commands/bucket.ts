import type { Command } from 'commander'
import { onlyServers } from '../only-servers.ts'
import { action, addCommand } from '../program.ts'

export function addBucket(program: Command): void {
  const bucket = addCommand(program, 'bucket', 'The bucket that recordings lie in.', 'twinreel bucket apply')
  addCommand(
    bucket,
    'apply',
    'Create the bucket if it is missing. Doing it twice changes nothing. Needs the right to create buckets, which no service needs.',
    'TWINREEL_ENGINE=kafka twinreel bucket apply',
  ).action(
    action(async ({ place, output }) => {
      const { s3 } = onlyServers(place, '`twinreel bucket`')
      const { createBucket } = await import('@twinreel/object-store/s3/bucket')
      await createBucket(s3)
      await output.document({ bucket: s3.bucket, exists: true }, `bucket ${s3.bucket} exists`)
      return 0
    }),
  )
}
