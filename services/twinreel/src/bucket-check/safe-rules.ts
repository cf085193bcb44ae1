import type { LifecycleRule } from '@twinreel/object-store/s3/bucket-settings'

/**
 * Lifecycle rules that take away what nobody needs and touch no recording, in the form that `aws s3api put-bucket-lifecycle-configuration` takes. Twinreel
 * needs none of them: it deletes every version itself and uploads in one request.
 */
export const SAFE_RULES: { readonly Rules: readonly LifecycleRule[] } = {
  Rules: [
    { ID: 'noncurrent-versions', Status: 'Enabled', Filter: { Prefix: '' }, NoncurrentVersionExpiration: { NoncurrentDays: 7 } },
    { ID: 'expired-delete-markers', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { ExpiredObjectDeleteMarker: true } },
    { ID: 'unfinished-uploads', Status: 'Enabled', Filter: { Prefix: '' }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
  ],
}
