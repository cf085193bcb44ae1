import { usageError, type CommandError } from './command-error.ts'

export function unknownRecording(recordingId: string, dataDir: string): CommandError {
  return usageError(`recording ${recordingId} is unknown in ${dataDir}`, '`twinreel recordings list` names those there are')
}
