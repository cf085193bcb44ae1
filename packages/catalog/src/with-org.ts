import { orgId as orgIdSchema } from '@twinreel/contracts/identifiers'
import { checked } from './accounts/account-error.ts'
import { holdToOrg } from './dialect.ts'
import type { Catalog } from './open.ts'
import { isTransaction, transact } from './transaction.ts'

/**
 * Runs `work` on a catalog that is held to one organization: on PostgreSQL it is one transaction in which row-level security shows and
 * takes this organization's rows alone, for every role that may not see all of them (see `rolesSql`). It may be run again from the start,
 * and asks one thing after the other. The embedded catalog has no such second line: `work` just runs. Throws `AccountError` for what is
 * no organization id.
 */
export async function withOrg<T>(catalog: Catalog, orgId: string, work: (scoped: Catalog) => Promise<T>): Promise<T> {
  const checkedId = checked(orgIdSchema, orgId, 'invalid-input', 'orgId')
  if (!catalog.dialect.rowSecurity) return work(catalog)
  if (isTransaction(catalog.db)) throw new Error('a catalog that is held to an organization can’t be held to another one')
  return transact(catalog, async (tx) => {
    await holdToOrg(catalog.dialect, tx, checkedId)
    return work({ ...catalog, db: tx, nowMs: (within) => catalog.nowMs(within ?? tx), close: async () => {} })
  })
}
