import { createHash } from 'node:crypto'
import { auditCertificates, type CertificateOffence } from '@twinreel/catalog/certificates'
import { certificatesOf, evidenceLines } from '@twinreel/catalog/evidence'
import { EVIDENCE_KINDS, type EvidenceKind, type Period } from '@twinreel/catalog/evidence-decisions'
import type { Catalog } from '@twinreel/catalog/open'
import { RULES } from '@twinreel/recording/certificate'
import { GO_RETENTION_MS } from '@twinreel/recording/retention'
import type { PublicKey, SigningKey } from '@twinreel/service/signing-key'
import type { TrustedKeys } from '@twinreel/service/trusted-keys'
import { certificateVerifier } from './certificate-verifier.ts'
import { isoTime } from '../format.ts'

const EVIDENCE_VERSION = 1

export interface WrittenBundle {
  counts: Readonly<Record<EvidenceKind, number>>
  /** Of every line but the last two. */
  sha256: string
  keyId: string
  /** What is wrong with the catalog’s certificates, the first of them. */
  offences: readonly CertificateOffence[]
  offenceCount: number
}

const MOST_OFFENCES = 20

/**
 * Writes everything an auditor needs to check the deletions of a period without this program, one JSON document a line: what the bundle is,
 * a line for each fact, how many there are with the SHA-256 of all before, and the signature of that line. It may be long; some hundred lines are in memory.
 */
export async function writeBundle(
  catalog: Catalog,
  period: Period,
  {
    signer,
    otherKeys,
    trusted,
    sink,
  }: { signer: SigningKey; otherKeys: readonly PublicKey[]; trusted: TrustedKeys; sink: (bytes: Uint8Array) => Promise<void> },
): Promise<WrittenBundle> {
  const hash = createHash('sha256')
  const put = async (value: object): Promise<Uint8Array> => {
    const line = Buffer.from(`${JSON.stringify(value)}\n`)
    await sink(line)
    return line
  }
  const chain = await certificatesOf(catalog, period)
  const keys = new Map([signer.publicKey, ...otherKeys].map(({ keyId, pem }) => [keyId, { keyId, pem }]))
  const { offences, offenceCount } = await offencesOf(catalog, trusted)
  const header = {
    kind: 'evidence',
    evidenceVersion: EVIDENCE_VERSION,
    from: isoTime(period.fromMs),
    to: isoTime(period.toMs),
    made: isoTime(await catalog.nowMs()),
    rules: RULES,
    goRetentionHours: GO_RETENTION_MS / 3_600_000,
    chain,
    // Told by whoever made the bundle, of all certificates; whoever checks it finds for himself what is wrong within.
    audit: { holds: offenceCount === 0, offenceCount, offences },
    keys: [...keys.values()],
  }
  hash.update(await put(header))
  const counts = Object.fromEntries(EVIDENCE_KINDS.map((kind) => [kind, 0])) as Record<EvidenceKind, number>
  for await (const line of evidenceLines(catalog, period, chain)) {
    hash.update(await put(line))
    counts[line.kind] += 1
  }
  const sha256 = hash.digest('hex')
  const end = await put({ kind: 'end', counts, sha256 })
  await put({ kind: 'signature', algorithm: 'Ed25519', keyId: signer.keyId, value: signer.sign(end) })
  return { counts, sha256, keyId: signer.keyId, offences, offenceCount }
}

async function offencesOf(catalog: Catalog, trusted: TrustedKeys): Promise<{ offences: CertificateOffence[]; offenceCount: number }> {
  const offences: CertificateOffence[] = []
  let offenceCount = 0
  for await (const offence of auditCertificates(catalog, { verify: certificateVerifier(trusted) })) {
    offenceCount += 1
    if (offences.length < MOST_OFFENCES) offences.push(offence)
  }
  return { offences, offenceCount }
}
