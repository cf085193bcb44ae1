import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addUsersErase } from './users-erase.ts'
import { addUsersList } from './users-list.ts'
import { addUsersSet } from './users-set.ts'
import { addUsersShow } from './users-show.ts'

export function addUsers(program: Command): void {
  const users = addCommand(program, 'users', 'Subscribers: licence, recording switch, settings, tier.', 'twinreel users list')
  addUsersList(users)
  addUsersShow(users)
  addUsersSet(users)
  addUsersErase(users)
}
