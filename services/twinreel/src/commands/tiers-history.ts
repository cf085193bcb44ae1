import type { Command } from 'commander'
import { unknownUser } from '../unknown-user.ts'
import { isoTime, orDash } from '../format.ts'
import { action, addCommand } from '../program.ts'
import { withCatalog } from '../with-engines.ts'

export function addTiersHistory(tiers: Command): void {
  addCommand(
    tiers,
    'history <user>',
    'Every tier of a user, oldest first: from when, who chose it and why, and the move of many users that it was a part of.',
    'twinreel tiers history ada --json',
  ).action(
    action(async ({ place, output }, _options, [userId = '']) =>
      withCatalog(place, async (catalog) => {
        const { tierHistory } = await import('@twinreel/catalog/accounts/history')
        const { showUser } = await import('@twinreel/catalog/accounts/show')
        if ((await showUser(catalog, userId)) === null) throw unknownUser(userId, place)
        await output.list(await tierHistory(catalog, userId), {
          columns: [
            { head: 'from', cell: ({ fromMs }) => isoTime(fromMs) },
            { head: 'tier', cell: ({ tier }) => tier },
            { head: 'by', cell: ({ actor }) => actor },
            { head: 'reason', cell: ({ reason }) => reason },
            { head: 'change', cell: ({ changeId }) => orDash(changeId) },
          ],
          json: ({ fromMs, ...row }) => ({ from: isoTime(fromMs), ...row }),
          empty: 'no tier: recording was never switched on',
        })
        return 0
      }),
    ),
  )
}
