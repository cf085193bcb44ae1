import type { CertificateOffence } from '@twinreel/catalog/certificates'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { Certificate } from '@twinreel/recording/certificate'
import type { Command } from 'commander'
import { certificateVerifier } from '../evidence/certificate-verifier.ts'
import { EXIT } from '../exit-codes.ts'
import { trustedKeysOf } from '../keys/signing.ts'
import { orDash } from '../format.ts'
import { action, addCommand } from '../program.ts'
import { withCatalog, withObjects } from '../with-engines.ts'

export function addRetentionAudit(retention: Command): void {
  const audit = addCommand(retention, 'audit', 'Whether the certificates of deletion hold.', 'twinreel retention audit verify')
  addCommand(
    audit,
    'verify',
    'Check every certificate of deletion: its bytes, its place in the chain, its signature against the trusted keys, and that each deleted recording has one and each one a deleted recording. Exits 1 when anything does not hold.',
    'twinreel retention audit verify --deep --json',
  )
    .option('--deep', 'also look in the bucket that nothing lies where something was certified as gone')
    .action(
      action(async ({ configuration, place, output }, { deep }: { deep?: boolean }) => {
        const keys = trustedKeysOf(configuration)
        const { auditCertificates } = await import('@twinreel/catalog/certificates')
        const run = async (catalog: Parameters<typeof auditCertificates>[0], store: ObjectStore | null): Promise<number> => {
          const progress = output.progress()
          let certificates = 0
          const offences = await output.list(
            auditCertificates(catalog, {
              verify: certificateVerifier(keys),
              ...(store === null ? {} : { also: (page) => remains(store, page) }),
              onProgress: (checked) => {
                certificates = checked
                progress.update(`${checked} certificates checked`)
              },
            }),
            {
              columns: [
                { head: 'certificate', cell: ({ sequence }) => orDash(sequence) },
                { head: 'recording', cell: ({ recordingId }) => orDash(recordingId) },
                { head: 'problem', cell: ({ problem }) => problem },
              ],
              json: (offence) => offence,
              empty: 'every certificate holds, and every deleted recording has one',
            },
          )
          progress.end()
          await output.line(`${certificates} certificates checked, ${offences} offences`)
          return offences === 0 ? EXIT.done : EXIT.checkFailed
        }
        return deep === true ? withObjects(place, ({ catalog, store }) => run(catalog, store)) : withCatalog(place, (catalog) => run(catalog, null))
      }),
    )
}

async function remains(store: ObjectStore, certificates: readonly Certificate[]): Promise<CertificateOffence[]> {
  const offences: CertificateOffence[] = []
  for (let at = 0; at < certificates.length; at += LOOKS_AT_ONCE) {
    const looked = certificates.slice(at, at + LOOKS_AT_ONCE).map(async ({ sequence, recordingId, checked }) => {
      const { keys: left } = await store.remains({ prefix: checked.bucket.prefix })
      const [first] = left
      return first === undefined ? [] : [{ sequence, recordingId, problem: `${left.length} objects lie where nothing was left, first ${first}` }]
    })
    offences.push(...(await Promise.all(looked)).flat())
  }
  return offences
}

const LOOKS_AT_ONCE = 16
