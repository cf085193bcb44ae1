import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { counted } from '../format.ts'
import { action, addCommand } from '../program.ts'
import { withPlace } from '../with-engines.ts'

interface Options {
  call: string
  out?: string
  eventsOnly?: boolean
  anonymize?: boolean
}

export function addLogCapture(log: Command): void {
  addCommand(
    log,
    'capture',
    'Saves a call’s log in one file: every message, the policies in force, and what was decided then, so that `twinreel replay` can fold it again anywhere. Without --events-only the file holds what was said. A name that ends in .gz is compressed.',
    'twinreel log capture --call sim-42-call-00001 --events-only --anonymize --out call.ndjson',
  )
    .requiredOption('--call <id>', 'which call')
    .option('--out <file>', 'where to write it (default: ID.ndjson.gz here)')
    .option('--events-only', 'no word leaves the house: audio becomes a sound of the same shape')
    .option('--anonymize', 'numbers, names and ids are replaced, the same one by the same one')
    .action(
      action(async ({ configuration, place, output }, { call: callId, out, eventsOnly = false, anonymize = false }: Options) =>
        withPlace(place, async (engines) => {
          const [{ captureCall }, { captureBytes }, { wrappingOf }, { writeWhole }] = await Promise.all([
            import('@twinreel/replay/capturing/capture-call'),
            import('@twinreel/replay/capture/write'),
            import('../keys/media-wrapping.ts'),
            import('../export/write-whole.ts'),
          ])
          const { capture, notes } = await captureCall(engines, {
            callId,
            eventsOnly,
            anonymous: anonymize ? { salt: randomBytes(32) } : null,
            wrapping: () => wrappingOf(configuration),
            writtenBy: packageJson.version,
          })
          const { header, messages, decided } = capture
          const file = out ?? `${header.callId}.ndjson.gz`
          let sizeBytes = 0
          await writeWhole(file, async (sink) => {
            for (const bytes of captureBytes(capture, file)) {
              sizeBytes += bytes.length
              await sink(bytes)
            }
          })
          for (const note of notes) output.note(`note: ${note}`)
          const { audio, anonymized, isOver, leftOut, agreed } = header
          await output.document(
            {
              callId: header.callId,
              file,
              sizeBytes,
              messages: messages.length,
              recordings: decided.recordings.length,
              audio,
              anonymized,
              isOver,
              leftOut,
              agreed,
              notes,
            },
            `${file}: call ${header.callId}, ${counted(messages.length, 'message')}, ${counted(decided.recordings.length, 'recording')}, audio ${audio}${anonymized ? ', anonymized' : ''}`,
          )
          return 0
        }),
      ),
    )
}
