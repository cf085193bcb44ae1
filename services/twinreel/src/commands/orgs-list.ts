import type { Command } from 'commander'
import { action, addCommand } from '../program.ts'
import { orgDocument } from '../org-document.ts'
import { withCatalog } from '../with-engines.ts'

export function addOrgsList(orgs: Command): void {
  addCommand(orgs, 'list', 'All organizations and their rules.', 'twinreel orgs list --json').action(
    action(async ({ place, output }) =>
      withCatalog(place, async (catalog) => {
        const { listOrganizations } = await import('@twinreel/catalog/accounts/organizations')
        await output.list(await listOrganizations(catalog), {
          columns: [
            { head: 'organization', cell: ({ orgId }) => orgId },
            { head: 'name', cell: ({ name }) => name },
            { head: 'partner', cell: ({ partnerId }) => partnerId },
            { head: 'recording', cell: ({ enabled }) => (enabled ? 'enabled' : 'disabled') },
            { head: 'if an announcement fails', cell: ({ rules }) => rules.failureBehavior },
            { head: 'time zone', cell: ({ timeZone }) => timeZone },
          ],
          json: orgDocument,
          empty: 'no organization; `twinreel orgs enable` begins one',
        })
        return 0
      }),
    ),
  )
}
