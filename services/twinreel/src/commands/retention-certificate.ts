import type { Certificate } from '@twinreel/recording/certificate'
import type { Command } from 'commander'
import { checkFailed, engineError } from '../command-error.ts'
import { orDash, size } from '../format.ts'
import { facts } from '../output.ts'
import { action, addCommand } from '../program.ts'
import { unknownRecording } from '../unknown-recording.ts'
import { withCatalog } from '../with-engines.ts'

export function addRetentionCertificate(retention: Command): void {
  addCommand(
    retention,
    'certificate <id>',
    'The certificate of a recording’s deletion: what went, when, by which rule, by whom, and where was looked that nothing is left. With --json the signed document.',
    'twinreel retention certificate 0f8fad5b-d9cb-469f-a165-70867728950e',
  ).action(
    action(async ({ place, output }, _options, [recordingId = '']) =>
      withCatalog(place, async (catalog) => {
        const { findCertificate } = await import('@twinreel/catalog/certificates')
        const found = await findCertificate(catalog, recordingId)
        if (found === null) {
          const row = await catalog.db.selectFrom('recordings').select('recording_id').where('recording_id', '=', recordingId).executeTakeFirst()
          if (row === undefined) throw unknownRecording(recordingId, place)
          throw checkFailed(`there is no certificate of recording ${recordingId}: it is not deleted`, '`twinreel retention explain` says when and why it goes')
        }
        const { document, sha256, keyId, signature } = found
        await output.document({ document, sha256, keyId, signature }, textOf(await read(document, recordingId), { sha256, keyId }))
        return 0
      }),
    ),
  )
}

async function read(document: string, recordingId: string): Promise<Certificate> {
  const { certificateSchema } = await import('@twinreel/recording/certificate')
  try {
    return certificateSchema.parse(JSON.parse(document))
  } catch (error) {
    throw engineError(`the certificate of recording ${recordingId} can’t be read`, 'look at the chain with `twinreel retention audit verify`', error)
  }
}

function textOf(certificate: Certificate, { sha256, keyId }: { sha256: string; keyId: string | null }): string {
  const { rule, checked, worker, objects } = certificate
  const { bucket, catalog, log } = checked
  const sizeBytes = objects.reduce((sum, object) => sum + (object.sizeBytes ?? 0), 0)
  return [
    `Certificate of deletion ${certificate.sequence}`,
    facts([
      ['recording', certificate.recordingId],
      ['call', certificate.callId],
      ['organization', certificate.orgId],
      ['owner', certificate.ownerId],
      ['ended', orDash(certificate.ended)],
      ['due', orDash(certificate.due)],
      ['claimed', certificate.claimed],
      ['verified gone', certificate.gone],
      ['rule', `${rule.code}: ${rule.words}`],
      ...(rule.tier === null ? [] : [['tier', `${rule.tier.tier} since ${rule.tier.from}, by ${rule.tier.actor}: ${rule.tier.reason}`] as const]),
      ...(rule.request === null
        ? []
        : [['asked for', `${rule.request.kind} on ${rule.request.requested}, by ${rule.request.actor}: ${rule.request.reason}`] as const]),
      ['deleted by', `${worker.role}, key ${worker.keyId}`],
      [
        'bucket',
        `${bucket.prefix}: ${bucket.deleted} objects deleted${foundWords(bucket)}, ${bucket.foundBesides} found besides and deleted, ${bucket.remaining} left (${bucket.looked})`,
      ],
      ['catalog', `what its segments told is cleared; checkpoint of the call: ${CHECKPOINT[catalog.checkpoint]}`],
      ['media key', checked.mediaKey === 'none' ? 'there is none: destroyed, or never made' : 'still there: the call’s encrypted media can be read in the log'],
      ['call log', LOG[log.state](log)],
      ['hangs on', certificate.previousSha256 ?? 'nothing: it is the first'],
      ['SHA-256', sha256],
      ['signed with key', keyId ?? 'none'],
    ]),
    `objects: ${objects.length}, ${size(sizeBytes)}`,
    ...objects.map((object) => `  ${object.sha256}  ${object.key}  ${object.sizeBytes === null ? '–' : size(object.sizeBytes)}`),
  ].join('\n')
}

/** Where the store told. */
function foundWords({ found, deleted }: Certificate['checked']['bucket']): string {
  if (found === null || found === deleted) return ''
  return found === 0 ? ' (none of them was there)' : ` (${found} of them were there; a run before, which was broken off, may have deleted the others)`
}

const CHECKPOINT = { none: 'none', ended: 'a mark that it is over', live: 'it still goes on' } as const

const LOG = {
  past: ({ retentionHours, until }: Certificate['checked']['log']) =>
    `kept ${retentionHours} h: until ${orDash(until)}, which was past (reckoned from its settings, not looked at)`,
  kept: ({ retentionHours, until }: Certificate['checked']['log']) =>
    `kept ${retentionHours} h: audio of the call stands there until ${orDash(until)} (reckoned from its settings, not looked at)`,
  unknown: ({ retentionHours }: Certificate['checked']['log']) => `kept ${retentionHours} h; when the call ended is not known`,
} as const
