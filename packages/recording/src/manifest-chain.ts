/** Hexadecimal SHA-256 of a text's UTF-8 bytes. Given, because the core has no cryptography of its own. */
export type Sha256 = (text: string) => string

/** Which recording a chain belongs to. */
export interface ChainIdentity {
  recordingId: string
  callId: string
  orgId: string
  ownerId: string
  ordinal: number
}

/** What a link says of its segment. */
export interface ChainedSegment {
  index: number
  key: string
  sha256: string
  sizeBytes: number
  fromMs: number
  toMs: number
}

/** What the first link hangs on, so that no chain passes for another recording's. */
export function chainStart({ recordingId, callId, orgId, ownerId, ordinal }: ChainIdentity, sha256: Sha256): string {
  return sha256(lines('twinreel recording', recordingId, callId, orgId, ownerId, ordinal))
}

/** A segment's link: the SHA-256 of the link before it and of what is known of the segment, each on a line of its own. */
export function chainLink(previous: string, { index, key, sha256: objectSha256, sizeBytes, fromMs, toMs }: ChainedSegment, sha256: Sha256): string {
  return sha256(lines(previous, index, key, objectSha256, sizeBytes, fromMs, toMs))
}

/** Every segment's link in order; the last, or the start where there is no segment, is the chain's head. */
export function chainOf(identity: ChainIdentity, segments: readonly ChainedSegment[], sha256: Sha256): { links: readonly string[]; head: string } {
  const links: string[] = []
  let head = chainStart(identity, sha256)
  for (const segment of segments) {
    head = chainLink(head, segment, sha256)
    links.push(head)
  }
  return { links, head }
}

function lines(...values: readonly (string | number)[]): string {
  return values.map((value) => `${value}\n`).join('')
}
