import type { Command } from 'commander'
import { orDash } from '../format.ts'
import { checkKnown } from '../known-subject.ts'
import { action, addCommand } from '../program.ts'
import { userDocument } from '../user-document.ts'
import { withCatalog } from '../with-engines.ts'

export function addUsersList(users: Command): void {
  addCommand(users, 'list', 'Every user with licence, switch, mode and tier.', 'twinreel users list --org acme')
    .option('--org <id>', 'of this organization alone')
    .action(
      action(async ({ place, output }, { org }: { org?: string }) =>
        withCatalog(place, async (catalog) => {
          const { listUsers } = await import('@twinreel/catalog/accounts/show')
          await checkKnown(catalog, place, { org })
          await output.list(await listUsers(catalog, org), {
            columns: [
              { head: 'user', cell: ({ userId }) => userId },
              { head: 'organization', cell: ({ orgId }) => orgId },
              { head: 'licence', cell: ({ licence }) => orDash(licence) },
              { head: 'recording', cell: ({ account }) => (account?.recordingOn === true ? 'on' : 'off') },
              { head: 'mode', cell: ({ settings }) => orDash(settings?.mode ?? null) },
              { head: 'tier', cell: ({ account }) => orDash(account?.tier ?? null) },
            ],
            json: userDocument,
            empty: 'no user; `twinreel users set USER --org ORG` adds one',
          })
          return 0
        }),
      ),
    )
}
