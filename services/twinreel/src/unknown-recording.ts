import { usageError, type CommandError } from './command-error.ts'
import { nameOf, type Place } from './place.ts'

export function unknownRecording(recordingId: string, place: Place): CommandError {
  return usageError(`recording ${recordingId} is unknown in ${nameOf(place)}`, '`twinreel recordings list` names those there are')
}
