import { checkedCertificate, uncertified, uncertifiedProblem } from '@twinreel/catalog/certificates'
import type { Catalog } from '@twinreel/catalog/open'
import { recordingObject, recordingPrefix } from '@twinreel/recording/keys'
import type { Finding } from '@twinreel/retention/reconcile/finding'
import type { TrustedKeys } from '@twinreel/service/trusted-keys'
import { certificateVerifier } from '../evidence/certificate-verifier.ts'

/** What reconciling finds, and `uncertified`: a recording that is marked as purged, and no certificate says so. Its key is what its objects' keys begin with. */
export interface PlaceFinding extends Omit<Finding, 'kind'> {
  kind: Finding['kind'] | 'uncertified'
}

export async function* uncertifiedFindings(catalog: Catalog): AsyncGenerator<PlaceFinding> {
  for await (const recording of uncertified(catalog))
    yield {
      kind: 'uncertified',
      key: recordingPrefix(recording),
      recordingId: recording.recordingId,
      sizeBytes: null,
      why: uncertifiedProblem(recording),
      deletable: null,
    }
}

/**
 * Makes of a finding one that is not deleted as a leftover unless a certificate that holds says that nothing of its recording is left: the mark in the row is
 * anybody's who can write the catalog. Findings come by key, so that each recording is looked at once.
 */
export function certifiedOnly(catalog: Catalog, keys: TrustedKeys): (finding: Finding) => Promise<Finding> {
  const verify = certificateVerifier(keys)
  let last: { prefix: string; doubt: string | null } | null = null
  return async (finding) => {
    const path = recordingObject(finding.key)
    if (finding.deletable !== 'leftover' || path === null) return finding
    const prefix = recordingPrefix(path)
    if (last?.prefix !== prefix) last = { prefix, doubt: await doubtOf(catalog, { recordingId: path.recordingId, prefix, verify }) }
    return last.doubt === null ? finding : { ...finding, why: `its recording is marked as purged, but ${last.doubt}: it stays`, deletable: null }
  }
}

async function doubtOf(
  catalog: Catalog,
  { recordingId, prefix, verify }: { recordingId: string; prefix: string; verify: ReturnType<typeof certificateVerifier> },
): Promise<string | null> {
  const checked = await checkedCertificate(catalog, recordingId, verify)
  if (checked === null) return 'no certificate says so'
  const [offence] = checked.offences
  if (offence !== undefined || checked.certificate === null) return `its certificate does not hold (${offence})`
  return checked.certificate.checked.bucket.prefix === prefix ? null : `its certificate is of ${checked.certificate.checked.bucket.prefix}`
}
