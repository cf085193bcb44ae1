import type { Command } from 'commander'
import { usageError } from '../command-error.ts'
import { action, addCommand } from '../program.ts'
import { userDocument, userFacts } from '../user-document.ts'
import { withCatalog } from '../with-engines.ts'
import { nameOf } from '../place.ts'

export function addUsersShow(users: Command): void {
  addCommand(users, 'show <user>', 'One user with all settings, tier and platform identity.', 'twinreel users show ada --json').action(
    action(async ({ place, output }, _options, [userId = '']) =>
      withCatalog(place, async (catalog) => {
        const { showUser } = await import('@twinreel/catalog/accounts/show')
        const user = await showUser(catalog, userId)
        if (user === null) throw usageError(`user ${userId} is unknown in ${nameOf(place)}`, '`twinreel users list` names those there are')
        await output.document(userDocument(user), userFacts(user))
        return 0
      }),
    ),
  )
}
