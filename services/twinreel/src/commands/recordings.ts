import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addRecordingsDelete } from './recordings-delete.ts'
import { addRecordingsExport } from './recordings-export.ts'
import { addRecordingsList } from './recordings-list.ts'
import { addRecordingsRestore } from './recordings-restore.ts'
import { addRecordingsShow } from './recordings-show.ts'
import { addRecordingsVerify } from './recordings-verify.ts'

export function addRecordings(program: Command): void {
  const recordings = addCommand(program, 'recordings', 'What there is; one WAV out; bytes against manifests; the bin.', 'twinreel recordings list --owner ada')
  addRecordingsList(recordings)
  addRecordingsShow(recordings)
  addRecordingsExport(recordings)
  addRecordingsVerify(recordings)
  addRecordingsDelete(recordings)
  addRecordingsRestore(recordings)
}
