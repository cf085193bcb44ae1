import { expect, test } from 'vitest'
import { policySchema, type Policy } from './policy.ts'
import { DEFAULT_SETTINGS, orgRulesSchema } from './settings.ts'

const policy: Policy = {
  ownerId: 'alice',
  orgId: 'acme',
  settings: DEFAULT_SETTINGS,
  rules: orgRulesSchema.parse({}),
  idNamespace: '6f0e5d4c-3b2a-4190-8f7e-6d5c4b3a2910',
}

test('a policy that was written down is read as it was', () => {
  expect(policySchema.parse(JSON.parse(JSON.stringify(policy)))).toEqual(policy)
})

test.each([
  ['ownerId', 7],
  ['orgId', null],
  ['settings', { mode: 'sometimes' }],
  ['rules', { segmentSeconds: 0 }],
  ['idNamespace', 'acme'],
])('one whose %s is %j is none', (field, value) => {
  expect(policySchema.safeParse({ ...policy, [field]: value }).error?.issues[0]?.path[0]).toBe(field)
})

test('one that says more than is known of is none', () => {
  expect(policySchema.safeParse({ ...policy, tier: 'go' }).success).toBe(false)
})
