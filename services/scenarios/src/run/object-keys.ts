import { recordingPrefix } from '@twinreel/recording/keys'
import type { FoundRecording } from './evidence.ts'

/** Everything up to a key's last slash. */
export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}

/** Keys that lie where no recording has its objects. */
export function strayKeys(keys: readonly string[], recordings: readonly FoundRecording[]): string[] {
  const folders = new Set(recordings.map(recordingPrefix))
  return keys.filter((key) => !folders.has(folderOf(key)))
}
