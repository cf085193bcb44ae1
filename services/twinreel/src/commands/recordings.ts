import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addRecordingsExport } from './recordings-export.ts'
import { addRecordingsList } from './recordings-list.ts'
import { addRecordingsShow } from './recordings-show.ts'
import { addRecordingsVerify } from './recordings-verify.ts'

export function addRecordings(program: Command): void {
  const recordings = addCommand(program, 'recordings', 'What there is; one WAV out; bytes against manifests.', 'twinreel recordings list --owner ada')
  addRecordingsList(recordings)
  addRecordingsShow(recordings)
  addRecordingsExport(recordings)
  addRecordingsVerify(recordings)
}
