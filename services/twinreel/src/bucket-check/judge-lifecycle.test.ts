import type { LifecycleRule } from '@twinreel/object-store/s3/bucket-settings'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeLifecycleRule, OWN_PREFIXES } from './judge-lifecycle.ts'
import { SAFE_RULES } from './safe-rules.ts'

const rule = (over: Partial<LifecycleRule>): LifecycleRule => ({ ID: 'r', Status: 'Enabled', ...over })
const levels = (over: Partial<LifecycleRule>): string[] => judgeLifecycleRule(rule(over)).map(({ level }) => level)
const DELETES = { Expiration: { Days: 7 } }

describe('a rule that deletes', () => {
  test.each<[string, Partial<LifecycleRule>]>([
    ['every key, with no filter', {}],
    ['every key, with an empty filter', { Filter: { Prefix: '' } }],
    ['what begins as recordings/ does', { Filter: { Prefix: 'rec' } }],
    ['recordings/ itself', { Filter: { Prefix: 'recordings/' } }],
    ['one organization', { Filter: { Prefix: 'recordings/acme/' } }],
    ['the journal', { Prefix: 'journal/' }],
    ['what has a tag, which any object may', { Filter: { Tag: { Key: 'a', Value: 'b' } } }],
    ['large objects', { Filter: { ObjectSizeGreaterThan: 1_000_000 } }],
    ['tagged ones of recordings/', { Filter: { And: { Prefix: 'recordings/', Tags: [{ Key: 'a', Value: 'b' }] } } }],
  ])('%s: an alarm', (_, over) => {
    expect(levels({ ...DELETES, ...over })).toEqual(['alarm'])
  })

  test.each(['logs/', 'recordings-old/', '/recordings/', 'Recordings/', 'twinreel-probe/'])('what begins with %s: nothing of ours', (Prefix) => {
    expect(judgeLifecycleRule(rule({ ...DELETES, Filter: { Prefix } }))).toEqual([])
  })

  test('on a date, or disabled: said in words, and disabled it is a warning', () => {
    const [alarm] = judgeLifecycleRule(rule({ Expiration: { Date: new Date('2027-01-01') }, Filter: { Prefix: '' } }))
    expect(alarm?.what).toBe('lifecycle rule r (every key) deletes objects on a date in recordings/ and journal/')
    const [warning] = judgeLifecycleRule(rule({ ...DELETES, Status: 'Disabled', Filter: { Prefix: 'recordings/' } }))
    expect(warning).toMatchObject({ level: 'warning', what: expect.stringContaining('is disabled; enabled, it deletes objects after 7 days in recordings/') })
  })
})

test.each([
  ['GLACIER', 1],
  ['DEEP_ARCHIVE', 1],
  ['INTELLIGENT_TIERING', 1],
  ['COLD-TIER', 1],
  ['STANDARD_IA', 0],
  ['ONEZONE_IA', 0],
  ['GLACIER_IR', 0],
])('moving recordings to %s: %i alarms', (name, alarms) => {
  expect(levels({ Transitions: [{ Days: 1, StorageClass: name as 'GLACIER' }] })).toHaveLength(alarms)
})

test('the rules we call safe are', () => {
  expect(SAFE_RULES.Rules.flatMap(judgeLifecycleRule)).toEqual([])
})

/** What a server would do with one object; told apart from the judge, key by key. */
function touches({ Status, Filter, Prefix, Expiration, Transitions = [] }: LifecycleRule, key: string): boolean {
  const prefixes = [Filter?.And?.Prefix, Filter?.Prefix, Prefix].filter((prefix) => prefix !== undefined)
  const matches = Status === 'Enabled' && prefixes.every((prefix) => key.startsWith(prefix))
  const archives = Transitions.some(({ StorageClass }) => ['GLACIER', 'DEEP_ARCHIVE'].includes(StorageClass ?? ''))
  return matches && (Expiration?.Days !== undefined || Expiration?.Date !== undefined || archives)
}

test('no rule that would touch an object of ours is passed over, and none is accused that can’t', () => {
  const cut = fc.constantFrom(...OWN_PREFIXES, 'recordings/acme/ann/', 'logs/').chain((whole) => fc.nat(whole.length).map((length) => whole.slice(0, length)))
  const prefix = fc.oneof(cut, fc.constantFrom('recordings/acme/', 'journal/0', 'x', 'recordings/z'), fc.string({ maxLength: 4 }))
  const filter = fc.oneof(
    prefix.map((Prefix) => ({ Filter: { Prefix } })),
    prefix.map((Prefix) => ({ Filter: { And: { Prefix, ObjectSizeGreaterThan: 1 } } })),
    prefix.map((Prefix) => ({ Prefix })),
    fc.constant({ Filter: { Tag: { Key: 'k', Value: 'v' } } }),
    fc.constant({}),
  )
  const act = fc.oneof(
    fc.record({ Expiration: fc.constantFrom({ Days: 1 }, { Date: new Date(0) }, { ExpiredObjectDeleteMarker: true }) }),
    fc.record({ Transitions: fc.array(fc.record({ StorageClass: fc.constantFrom('GLACIER' as const, 'DEEP_ARCHIVE' as const, 'STANDARD_IA' as const) })) }),
    fc.constant({ NoncurrentVersionExpiration: { NoncurrentDays: 1 } }),
    fc.constant({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
  )
  const status = fc.constantFrom('Enabled' as const, 'Disabled' as const)
  fc.assert(
    fc.property(filter, act, status, fc.constantFrom(...OWN_PREFIXES), fc.string({ maxLength: 6 }), (where, does, Status, own, rest) => {
      const some: LifecycleRule = { ...where, ...does, Status }
      const isAlarm = judgeLifecycleRule(some).some(({ level }) => level === 'alarm')
      const prefixes = [some.Filter?.And?.Prefix, some.Filter?.Prefix, some.Prefix].filter((one) => one !== undefined)
      // Keys that stand for all: any below ours, and ours just below the rule's own prefix.
      const keys = [own + rest, ...OWN_PREFIXES.flatMap((prefixOfOurs) => [prefixOfOurs, ...prefixes.filter((one) => one.startsWith(prefixOfOurs))])]
      const touched = keys.some((key) => touches(some, key))
      if (touched) expect(isAlarm, 'passed over').toBe(true)
      if (isAlarm) expect(touched, 'accused').toBe(true)
    }),
    { numRuns: 2_000 },
  )
})
