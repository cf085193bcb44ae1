import type { Command } from 'commander'
import { action, addCommand } from '../program.ts'
import { EXIT } from '../exit-codes.ts'
import { withObjects } from '../with-engines.ts'

export function addRecordingsVerify(recordings: Command): void {
  addCommand(
    recordings,
    'verify [ids...]',
    'Read every object of every finished recording, or of those named, again: bytes against hashes, manifests against the catalog, their signatures against the trusted keys, their chains against the segments, headers against lengths. Exits 1 when anything is not as it was written. Recordings under way or deleted are left out.',
    'twinreel recordings verify --json',
  ).action(
    action(async ({ configuration, place, output }, _options, recordingIds) =>
      withObjects(place, async (engines) => {
        const { trustedKeysOf } = await import('../keys/signing.ts')
        const { verifyRecordings } = await import('../verify/verify-recordings.ts')
        const progress = output.progress()
        let checked = 0
        let damaged = 0
        const results = verifyRecordings(engines, {
          place,
          keys: trustedKeysOf(configuration),
          recordingIds,
          leftOut: (recordingId, why) => output.note(`left out: ${recordingId} ${why}`),
        })
        async function* counted(): typeof results {
          for await (const result of results) {
            progress.update(`${++checked} recordings read`)
            if (!result.ok) damaged++
            if (output.isJson || !result.ok) yield result
          }
        }
        await output.list(counted(), {
          columns: [
            { head: 'recording', cell: ({ recordingId }) => recordingId },
            { head: 'problems', cell: ({ problems }) => problems.map(({ key, problem }) => `${key ?? 'manifest'} ${problem}`).join('\n') },
          ],
          json: (result) => result,
          empty: 'every byte is as it was written',
        })
        progress.end()
        await output.line(`${checked} recordings read, ${damaged} not as written`)
        return damaged === 0 ? EXIT.done : EXIT.checkFailed
      }),
    ),
  )
}
