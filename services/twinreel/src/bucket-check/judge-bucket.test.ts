import type { BucketSettings } from '@twinreel/object-store/s3/bucket-settings'
import { expect, test } from 'vitest'
import { judgeBucket } from './judge-bucket.ts'

const PLAIN: BucketSettings = { lifecycle: [], versioning: 'never', deletesByCode: false, replication: [], objectLock: null }
const told = (over: Partial<BucketSettings>): string[] => judgeBucket({ ...PLAIN, ...over }).map(({ level, what }) => `${level}: ${what}`)

test('a plain bucket has nothing to say against it', () => {
  expect(told({})).toEqual([
    'fine: lifecycle rules: none',
    'fine: versioning: none; what is deleted is gone',
    'fine: replication: none',
    'fine: object lock: none',
  ])
})

test('what the server does not say is no alarm', () => {
  const silent = told({ lifecycle: 'unknown', versioning: 'unknown', replication: 'unknown', objectLock: 'unknown' })
  expect(silent).toHaveLength(4)
  for (const line of silent) expect(line).toMatch(/^fine: .*: the server does not say$/)
})

test('versions cost rights, and a code before each deletion costs the deletion', () => {
  expect(told({ versioning: 'suspended' })[1]).toMatch(/^fine: versioning: suspended; retention deletes every version/)
  expect(told({ versioning: 'enabled', deletesByCode: true })[1]).toMatch(/^alarm: .*retention can delete nothing$/)
})

test('a copy elsewhere is told of once for each place, if it is of ours and made at all', () => {
  const rule = { id: 'copy', isEnabled: true, prefix: '', destination: 'arn:aws:s3:::there' }
  expect(told({ replication: [rule, { ...rule, prefix: 'recordings/acme/' }] }).filter((line) => line.startsWith('warning'))).toEqual([
    expect.stringMatching(/^warning: replication: copies go to arn:aws:s3:::there; .*they stay there when a recording is deleted here$/),
  ])
  expect(
    told({
      replication: [
        { ...rule, isEnabled: false },
        { ...rule, prefix: 'logs/' },
      ],
    })[2],
  ).toBe('fine: replication: no rule copies what is Twinreel’s')
})

test('a lock for longer than Go recordings live is an alarm, a shorter one a warning', () => {
  const locked = (days: number) => told({ objectLock: { defaultRetention: { mode: 'COMPLIANCE', days } } })[3]
  expect(locked(30)).toMatch(/^warning: object lock: every object is locked for 30 days \(COMPLIANCE\)/)
  expect(locked(31)).toMatch(/^alarm: .*can’t be deleted when they are due$/)
  expect(told({ objectLock: { defaultRetention: null } })[3]).toMatch(/^warning: object lock: possible, with no default/)
})
