import type { Addresses } from '../servers/addresses.ts'
import { makeBucket, makeTarget, newWorkspace, placeIn, removeBucket, removeTarget, serviceEnvironment } from '../servers/workspace.ts'
import type { Grounds } from './run.ts'
import { rawBucket } from './target.ts'

/** Buckets and databases of their own on real servers. */
export function serverGrounds(addresses: Addresses, root: string): Grounds {
  const workspace = newWorkspace(addresses, root)
  return {
    name: 'S3 and PostgreSQL',
    speedReach: 0.9,
    async make(name) {
      const environment = serviceEnvironment(workspace, 'none', name)
      const place = await placeIn(environment)
      const raw = { ...place, s3: { ...place.s3, bucket: rawBucket(place.s3.bucket) } }
      await makeTarget(workspace, place)
      await makeBucket(workspace, raw.s3.bucket)
      return {
        dataDir: null,
        options: { environment },
        async remove() {
          await removeTarget(workspace, place)
          await removeBucket(workspace, raw.s3.bucket)
        },
      }
    },
  }
}
