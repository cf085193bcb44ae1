import { createHash } from 'node:crypto'
import { StoreError, type ObjectStore } from '@twinreel/object-store/port'
import { MANIFEST_VERSION } from '@twinreel/recording/manifest'
import { splitManifest, type ManifestKeys } from '@twinreel/recording/manifest-signature'
import { readManifestDocument, type ManifestDocument } from '@twinreel/recording/manifest-document'
import type { ProblemKind } from './problem.ts'

type Fault = { kind: ProblemKind; problem: string }

/** A manifest as it lies in the store. `document`: what it says, signed or not, if it can be read. */
export interface ReadManifest {
  sha256: string | null
  document: ManifestDocument | null
  faults: readonly Fault[]
}

/** A week's call in pieces of a second gives some dozen megabytes. */
const MAX_BYTES = 256 * 1024 * 1024

/** Reads a manifest and looks at its signature. */
export async function readManifest(store: ObjectStore, key: string, keys: ManifestKeys): Promise<ReadManifest> {
  const nothing = (kind: ProblemKind, problem: string): ReadManifest => ({ sha256: null, document: null, faults: [{ kind, problem }] })
  try {
    const found = await store.head(key)
    if (found === null) return nothing('missing', 'is missing')
    if (found.sizeBytes > MAX_BYTES) return nothing('size', `has ${found.sizeBytes} bytes, more than any manifest`)
    const bytes = await store.get(key)
    return bytes === null ? nothing('missing', 'is missing') : openManifest(bytes, keys)
  } catch (error) {
    if (error instanceof StoreError) return nothing('unreadable', `can’t be read: ${error.message}`)
    throw error
  }
}

function openManifest(bytes: Uint8Array, keys: ManifestKeys): ReadManifest {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const faults = signatureFaults(bytes, keys)
  const read = readManifestDocument(bytes)
  if ('problem' in read) return { sha256, document: null, faults: [...faults, { kind: 'malformed', problem: read.problem }] }
  const { manifestVersion: version } = read.document
  if (version === MANIFEST_VERSION) return { sha256, document: read.document, faults }
  return { sha256, document: null, faults: [...faults, { kind: 'malformed', problem: `has version ${version}, ${MANIFEST_VERSION} is known` }] }
}

function signatureFaults(bytes: Uint8Array, keys: ManifestKeys): Fault[] {
  const signed = splitManifest(bytes)
  if (signed === null) return [{ kind: 'unsigned', problem: 'does not end with a signature: it was cut short, or never signed' }]
  const { keyId } = signed.signature
  switch (keys.check(signed)) {
    case 'genuine':
      return []
    case 'unknown-key':
      return [{ kind: 'unknown-key', problem: `is signed with key ${keyId}, which is not trusted` }]
    case 'forged':
      return [{ kind: 'forged', problem: `was not signed like this with key ${keyId}: something in it was changed` }]
  }
}
