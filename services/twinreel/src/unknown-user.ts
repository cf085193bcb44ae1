import { usageError, type CommandError } from './command-error.ts'
import { nameOf, type Place } from './place.ts'

export function unknownUser(userId: string, place: Place): CommandError {
  return usageError(`user ${userId} is unknown in ${nameOf(place)}`, '`twinreel users list` names those there are')
}
