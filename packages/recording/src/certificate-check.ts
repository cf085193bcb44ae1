import { certificateSchema, RULES, type Certificate } from './certificate.ts'
import { canonicalJson } from './canonical-json.ts'
import { recordingPrefix } from './keys.ts'
import type { Sha256 } from './manifest-chain.ts'
import { GO_RETENTION_MS } from './retention.ts'

/** A certificate as it is kept: the document, and beside it columns to find it by, which nobody has signed. */
export interface KeptCertificate {
  sequence: number
  recordingId: string
  orgId: string
  madeAtMs: number
  document: string
  sha256: string
  keyId: string | null
  signature: string | null
}

/** A place in the chain. */
export interface ChainHead {
  sequence: number
  sha256: string
}

export interface CheckedCertificate {
  /** `null` for a document that is none. */
  certificate: Certificate | null
  offences: readonly string[]
}

/**
 * Everything that is wrong with a certificate that must follow on `previous`: its bytes, its place in the chain, its signature, columns beside it
 * that say something else, and whether what it says goes together. `verify`: whether a trusted key made the signature of the document's UTF-8 bytes.
 */
export function checkCertificate(
  kept: KeptCertificate,
  given: {
    previous: ChainHead | null
    sha256: Sha256
    verify: (signed: { keyId: string; text: string; value: string }) => 'valid' | 'invalid' | 'unknown-key'
  },
): CheckedCertificate {
  const offences: string[] = []
  const due = (given.previous?.sequence ?? 0) + 1
  if (kept.sequence !== due) offences.push(kept.sequence > due ? `${missing(due, kept.sequence)} before it` : `stands behind ${given.previous?.sequence}`)
  if (given.sha256(kept.document) !== kept.sha256) offences.push('its document was changed: it has another SHA-256 than was noted')
  offences.push(...signatureOffences(kept, given.verify))
  const certificate = parsed(kept.document)
  if (certificate === null) return { certificate, offences: [...offences, 'its document is no certificate of deletion of this version'] }
  if (canonicalJson(certificate) !== kept.document) offences.push('its document is not canonical JSON (RFC 8785)')
  if (certificate.sequence !== kept.sequence) offences.push(`its document says it is number ${certificate.sequence}`)
  offences.push(...otherColumns(kept, certificate))
  if (kept.sequence === due && certificate.previousSha256 !== (given.previous?.sha256 ?? null))
    offences.push('it does not hang on the certificate before it: one of the two was exchanged')
  return { certificate, offences: [...offences, ...contradictions(certificate)] }
}

function missing(from: number, before: number): string {
  return before - from === 1 ? `certificate ${from} is missing` : `certificates ${from} to ${before - 1} are missing`
}

function signatureOffences({ keyId, signature, document }: KeptCertificate, verify: Parameters<typeof checkCertificate>[1]['verify']): string[] {
  if (keyId === null || signature === null) return ['it is not signed']
  switch (verify({ keyId, text: document, value: signature })) {
    case 'valid':
      return []
    case 'invalid':
      return [`its signature is not one of key ${keyId}`]
    case 'unknown-key':
      return [`it is signed with key ${keyId}, which is not trusted here`]
  }
}

function parsed(document: string): Certificate | null {
  try {
    return certificateSchema.parse(JSON.parse(document))
  } catch {
    return null
  }
}

function otherColumns({ recordingId, orgId, madeAtMs, keyId }: KeptCertificate, certificate: Certificate): string[] {
  const found: string[] = []
  const differs = (column: string, is: string, says: string): void => void found.push(`its ${column} is ${is}, its document says ${says}`)
  if (recordingId !== certificate.recordingId) differs('recording_id', recordingId, certificate.recordingId)
  if (orgId !== certificate.orgId) differs('org_id', orgId, certificate.orgId)
  if (madeAtMs !== Date.parse(certificate.gone)) differs('made_at_ms', timeText(madeAtMs), certificate.gone)
  // That it is not signed is told.
  if (keyId !== null && keyId !== certificate.worker.keyId) differs('key_id', keyId, certificate.worker.keyId)
  return found
}

/** A time as people read it; a number that is none as it is. */
export function timeText(timeMs: number): string {
  return Number.isNaN(new Date(timeMs).getTime()) ? String(timeMs) : new Date(timeMs).toISOString()
}

/** What a certificate says that can't all be so. */
function contradictions(certificate: Certificate): string[] {
  const { ended, due, claimed, objects, rule, checked } = certificate
  const found: string[] = []
  const prefix = recordingPrefix(certificate)
  if (checked.bucket.prefix !== prefix || objects.some(({ key }) => !key.startsWith(prefix))) found.push(`it names objects outside of ${prefix}`)
  if (checked.bucket.found !== null && checked.bucket.found > objects.length)
    found.push(`it says that ${checked.bucket.found} of ${objects.length} objects were found`)
  if (rule.words !== RULES[rule.code]) found.push('its rule has other words than that rule')
  if (ended === null || due === null) return [...found, 'it does not say when the recording ended and was due']
  const [endedMs, dueMs] = [Date.parse(ended), Date.parse(due)]
  const wanted = dueBy(rule, endedMs)
  if (wanted === null) found.push(`rule ${rule.code} does not show what it was decided by`)
  else if (wanted !== dueMs) found.push(`by rule ${rule.code} it was due at ${new Date(wanted).toISOString()}, not at ${due}`)
  if (Date.parse(claimed) < dueMs) found.push(`it was claimed at ${claimed}, before it was due at ${due}`)
  return found
}

function dueBy({ code, tier, request }: Certificate['rule'], endedMs: number): number | null {
  switch (code) {
    case 'go-tier-expired':
      return tier?.tier === 'go' ? Math.max(endedMs, Date.parse(tier.from)) + GO_RETENTION_MS : null
    case 'not-kept':
      return endedMs
    case 'deletion-requested':
      return request === null ? null : Math.max(endedMs, Date.parse(request.due))
    case 'unknown':
      return null
  }
}
