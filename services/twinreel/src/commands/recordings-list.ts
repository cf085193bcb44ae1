import type { Command } from 'commander'
import type { RecordingFilter } from '@twinreel/catalog/recordings'
import { duration, isoTime, orDash, size } from '../format.ts'
import { checkKnown } from '../known-subject.ts'
import { oneOf } from '../option-values.ts'
import { allPages } from '../pages.ts'
import { action, addCommand } from '../program.ts'
import { recordingDocument } from '../recording-document.ts'
import { withCatalog } from '../with-engines.ts'

interface Options {
  call?: string
  owner?: string
  org?: string
  status?: NonNullable<RecordingFilter['statuses']>[number]
  bin?: true
}

export function addRecordingsList(recordings: Command): void {
  addCommand(
    recordings,
    'list',
    'Recordings by their start, without those in the bin. Exits 1 when no call of that id is known.',
    'twinreel recordings list --owner ada --status completed --json',
  )
    .option('--call <id>', 'of this call alone')
    .option('--owner <id>', 'of this user alone')
    .option('--org <id>', 'of this organization alone')
    .addOption(oneOf('--status <status>', 'with this status alone', ['recording', 'paused', 'completed', 'not-kept', 'empty', 'failed', 'purged']))
    .option('--bin', 'those in the bin instead, which `recordings restore` takes back')
    .action(
      action(async ({ place, output }, options: Options) =>
        withCatalog(place, async (catalog) => {
          const { listRecordings } = await import('@twinreel/catalog/recordings')
          await checkKnown(catalog, place, options)
          const filter = filterOf(options)
          const found = allPages(
            (page: Pick<RecordingFilter, 'after' | 'limit'>) => listRecordings(catalog, { ...filter, ...page }),
            ({ startedAtMs, recordingId }) => ({ startedAtMs, recordingId }),
          )
          await output.list(found, {
            columns: [
              { head: 'recording', cell: ({ recordingId }) => recordingId },
              { head: 'call', cell: ({ callId }) => callId },
              { head: 'owner', cell: ({ ownerId }) => ownerId },
              { head: 'mode', cell: ({ mode }) => mode },
              { head: 'status', cell: ({ status }) => status },
              { head: 'started', cell: ({ startedAtMs }) => isoTime(startedAtMs) },
              { head: 'captured', cell: ({ capturedMs }) => duration(capturedMs) },
              { head: 'size', cell: ({ sizeBytes }) => size(sizeBytes) },
              { head: 'tier', cell: ({ tier }) => orDash(tier) },
              { head: 'due', cell: ({ dueAtMs }) => orDash(isoTime(dueAtMs)) },
            ],
            json: recordingDocument,
            empty: options.bin === true ? 'the bin is empty' : 'no recording',
          })
          return 0
        }),
      ),
    )
}

function filterOf({ call, owner, org, status, bin }: Options): RecordingFilter {
  return {
    ...(call === undefined ? {} : { callId: call }),
    ...(owner === undefined ? {} : { ownerId: owner }),
    ...(org === undefined ? {} : { orgId: org }),
    ...(status === undefined ? {} : { statuses: [status] }),
    ...(bin === undefined ? {} : { bin }),
  }
}
