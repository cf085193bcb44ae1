import type { Command } from 'commander'
import { action, addCommand } from '../program.ts'
import { unknownUser } from '../unknown-user.ts'
import { userDocument, userFacts } from '../user-document.ts'
import { withCatalog } from '../with-engines.ts'

export function addUsersShow(users: Command): void {
  addCommand(users, 'show <user>', 'One user with all settings, tier and platform identity.', 'twinreel users show ada --json').action(
    action(async ({ place, output }, _options, [userId = '']) =>
      withCatalog(place, async (catalog) => {
        const { showUser } = await import('@twinreel/catalog/accounts/show')
        const user = await showUser(catalog, userId)
        if (user === null) throw unknownUser(userId, place)
        await output.document(userDocument(user), userFacts(user))
        return 0
      }),
    ),
  )
}
