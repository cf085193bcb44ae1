import type { Certificate } from '@twinreel/recording/certificate'
import type { ChainHead, KeptCertificate } from '@twinreel/recording/certificate-check'
import { certificatePages } from './certificates.ts'
import { decisionsOf, type EvidenceLine, type Period } from './evidence-decisions.ts'
import type { Catalog } from './open.ts'

/** The certificates of a period: a run of the chain. */
export interface ChainRun {
  /** What the run hangs on; `null` at the chain's beginning. */
  before: ChainHead | null
  /** Its last certificate; `before` when the period has none. */
  after: ChainHead | null
}

/**
 * From the first to the last certificate that was made in the period, by what each one's signed document says: the columns beside it are anybody's who can
 * write the catalog. One that lies between them and was made at another time, because the clock was set, is in it too: a run has no holes. One that says no
 * time is in every period, so that somebody looks at it. Reads all certificates.
 */
export async function certificatesOf(catalog: Catalog, { fromMs, toMs }: Period): Promise<ChainRun> {
  let run: ChainRun | null = null
  let [previous, earlier]: [ChainHead | null, ChainHead | null] = [null, null]
  for await (const page of certificatePages(catalog, { after: Number.MIN_SAFE_INTEGER, upTo: Number.MAX_SAFE_INTEGER }))
    for (const { sequence, sha256, document } of page) {
      const head = { sequence, sha256 }
      const goneMs = saidTime(document)
      if (goneMs === null || (goneMs >= fromMs && goneMs < toMs)) run = { before: run === null ? previous : run.before, after: head }
      else if (goneMs < fromMs) earlier = head
      previous = head
    }
  return run ?? { before: earlier, after: earlier }
}

function saidTime(document: string): number | null {
  try {
    const goneMs = Date.parse((JSON.parse(document) as Partial<Certificate>).gone ?? '')
    return Number.isNaN(goneMs) ? null : goneMs
  } catch {
    return null
  }
}

/** The certificates of a period, and then what decided over deletions in it. */
export async function* evidenceLines(catalog: Catalog, period: Period, { before, after }: ChainRun): AsyncGenerator<EvidenceLine> {
  for await (const page of certificatePages(catalog, { after: before?.sequence ?? Number.MIN_SAFE_INTEGER, upTo: after?.sequence ?? Number.MIN_SAFE_INTEGER }))
    yield* page.map(certificateLine)
  yield* decisionsOf(catalog, period)
}

function certificateLine({ sequence, document, sha256, keyId, signature }: KeptCertificate): EvidenceLine {
  return { kind: 'certificate', sequence, document, sha256, keyId, signature }
}
