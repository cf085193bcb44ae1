import { z } from 'zod'
import { orgRulesSchema, settingsSchema } from './settings.ts'

/**
 * What was in force for one owner when the call was answered (or the owner joined): written once per call and owner, and
 * used by every fold of the call's log, so that a later change of settings can't change what a re-fold decides.
 */
export const policySchema = z.strictObject({
  ownerId: z.string(),
  orgId: z.string(),
  settings: settingsSchema,
  rules: orgRulesSchema,
  /** Secret UUID of the organization in which recording ids are derived (RFC 9562 §5.5), so that they can't be guessed. */
  idNamespace: z.uuid(),
})
export type Policy = z.output<typeof policySchema>

/** By participant id; `null` says that the participant is nobody we know, which is as final as a policy. */
export type Policies = Readonly<Record<string, Policy | null>>
