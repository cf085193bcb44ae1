/** What to do where a store refuses to delete, by what it said; `null` where that tells nothing. */
export function refusalAdvice(error: string): string | null {
  if (/object.?lock|WORM|retention period/i.test(error)) return 'an object lock keeps it: take the lock off, and use a bucket without one for recordings'
  if (/access.?denied|forbidden|\b403\b|AllAccessDisabled/i.test(error))
    return 'the right to delete is missing: let the worker’s key do s3:DeleteObject and s3:DeleteObjectVersion on recordings/*, s3:ListBucketVersions on the bucket, and look for a bucket policy that denies it'
  if (/EACCES|EPERM|EROFS|read-only/i.test(error)) return 'the process may not read and write there: let it do both below objects/ of the data directory'
  return null
}
