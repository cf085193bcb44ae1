import type { CertificateOffence } from '@twinreel/catalog/certificates'
import type { Catalog } from '@twinreel/catalog/open'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { Certificate } from '@twinreel/recording/certificate'
import type { Command } from 'commander'
import { checkFailed, engineError } from '../command-error.ts'
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
    'Check every certificate of deletion: its bytes, its place in the chain, its signature against the trusted keys, the columns beside it, and that each recording marked as deleted has one and each one a deleted recording. Exits 1 when anything does not hold; with --deep 1 or 3, and checks nothing, when the bucket is not this catalog’s, or lacks what it keeps.',
    'twinreel retention audit verify --deep --json',
  )
    .option('--deep', 'also look in the bucket, if it is the right one and whole, that nothing lies where something was certified as gone')
    .action(
      action(async ({ configuration, place, output }, { deep }: { deep?: boolean }) => {
        const keys = trustedKeysOf(configuration)
        const { auditCertificates } = await import('@twinreel/catalog/certificates')
        const run = async (catalog: Catalog, store: ObjectStore | null): Promise<number> => {
          if (store !== null) await refuseOtherStore(catalog, store)
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

/** In a store that is not the catalog's, or is not mounted, nothing lies anywhere. Looks as a run of retention does before it certifies, and throws what that says. */
async function refuseOtherStore(catalog: Catalog, store: ObjectStore): Promise<void> {
  const [{ journalFault }, { lookAtStore, UnseenError }] = await Promise.all([
    import('@twinreel/catalog/journal/belongs'),
    import('@twinreel/retention/still-there'),
  ])
  const wrongCatalog = await journalFault(catalog, store)
  if (wrongCatalog !== null) throw checkFailed(wrongCatalog)
  const { fault } = await lookAtStore(catalog, store, { missing: new Set(), witness: null }).catch((error: unknown) => {
    throw error instanceof UnseenError ? engineError(`the store can’t be looked at: ${error.message}`, 'mend the store and run again', error) : error
  })
  if (fault !== null) throw engineError(fault)
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
