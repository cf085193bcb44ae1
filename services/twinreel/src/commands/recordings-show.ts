import type { Command } from 'commander'
import { action, addCommand } from '../program.ts'
import { detailDocument, detailFacts } from '../recording-document.ts'
import { unknownRecording } from '../unknown-recording.ts'
import { withCatalog } from '../with-engines.ts'

export function addRecordingsShow(recordings: Command): void {
  addCommand(
    recordings,
    'show <id>',
    'Everything about one recording: settings, segments, manifest.',
    'twinreel recordings show 6f9e4a52-60cf-5d3f-b9c2-0c1f5a3f0d11 --json',
  ).action(
    action(async ({ place, output }, _options, [recordingId = '']) =>
      withCatalog(place, async (catalog) => {
        const { showRecording } = await import('@twinreel/catalog/recordings')
        const recording = await showRecording(catalog, recordingId)
        if (recording === null) throw unknownRecording(recordingId, place)
        await output.document(detailDocument(recording), detailFacts(recording))
        return 0
      }),
    ),
  )
}
