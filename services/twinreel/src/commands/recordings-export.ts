import type { Command } from 'commander'
import { usageError } from '../command-error.ts'
import { duration, size } from '../format.ts'
import { action, addCommand } from '../program.ts'
import { withObjects } from '../with-engines.ts'

export function addRecordingsExport(recordings: Command): void {
  addCommand(
    recordings,
    'export <id>',
    'One two-channel WAV of a recording: left the owner, right everyone else. Exits 1 when it is not finished, deleted, empty or damaged.',
    'twinreel recordings export 6f9e4a52-60cf-5d3f-b9c2-0c1f5a3f0d11 --out call.wav',
  )
    .requiredOption('--out <file>', 'where to write it; - is stdout')
    .action(
      action(async ({ place, output }, { out }: { out: string }, [recordingId = '']) => {
        if (out === '-' && output.isJson) throw usageError('--out - and --json both want stdout', 'take one of them away')
        return withObjects(place, async (engines) => {
          const { openExport } = await import('../export/recording-wav.ts')
          const { writeWhole } = await import('../export/write-whole.ts')
          const wav = await openExport({ ...engines, place, recordingId })
          const progress = output.progress()
          const write = (sink: (bytes: Uint8Array) => Promise<void>) => wav.writeTo(sink, (segment) => progress.update(`segment ${segment} of ${wav.segments}`))
          if (out === '-') {
            await write(output.bytes)
            return 0
          }
          await writeWhole(out, write)
          progress.end()
          const { sizeBytes, durationMs, codec, sampleRateHz } = wav
          await output.document(
            { recordingId, file: out, sizeBytes, durationMs, codec, sampleRateHz },
            `${out}: ${duration(durationMs)}, ${size(sizeBytes)}, ${codec} at ${sampleRateHz} Hz`,
          )
          return 0
        })
      }),
    )
}
