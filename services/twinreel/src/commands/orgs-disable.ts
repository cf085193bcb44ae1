import type { Command } from 'commander'
import { addBecauseOptions, becauseOf, type BecauseOptions } from '../because.ts'
import { EXIT } from '../exit-codes.ts'
import { orgDocument, orgFacts } from '../org-document.ts'
import { action, addCommand } from '../program.ts'
import { withAcknowledged } from '../with-engines.ts'

export function addOrgsDisable(orgs: Command): void {
  const disable = addCommand(
    orgs,
    'disable <org>',
    'From the next call on nothing of the organization is recorded; recordings, accounts and settings stay.',
    'twinreel orgs disable acme --reason "contract ended"',
  )
  addBecauseOptions(disable).action(
    action(async ({ configuration, output }, options: BecauseOptions, [orgId = '']) => {
      const { disableOrganization } = await import('@twinreel/catalog/accounts/organizations')
      return withAcknowledged(configuration, {
        work: (catalog) => disableOrganization(catalog, { orgId, ...becauseOf(options) }),
        async tell(org) {
          await output.document(orgDocument(org), orgFacts(org))
          return EXIT.done
        },
      })
    }),
  )
}
