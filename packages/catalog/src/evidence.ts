import type { ChainHead } from '@twinreel/recording/certificate-check'
import { certificateHead, certificatePages, type StoredCertificate } from './certificates.ts'
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
 * From the first to the last certificate that was made in the period. One that lies between them and was made at another time, because
 * the clock was set, is in it too: a run has no holes.
 */
export async function certificatesOf(catalog: Catalog, { fromMs, toMs }: Period): Promise<ChainRun> {
  const { db } = catalog
  const { first, last } = await db
    .selectFrom('certificates')
    .select(({ fn }) => [fn.min('sequence').as('first'), fn.max('sequence').as('last')])
    .where('made_at_ms', '>=', fromMs)
    .where('made_at_ms', '<', toMs)
    .executeTakeFirstOrThrow()
  if (first !== null && last !== null) return { before: await certificateHead(catalog, first - 1), after: await certificateHead(catalog, last) }
  const earlier = await db
    .selectFrom('certificates')
    .select(({ fn }) => fn.max('sequence').as('last'))
    .where('made_at_ms', '<', fromMs)
    .executeTakeFirstOrThrow()
  const before = earlier.last === null ? null : await certificateHead(catalog, earlier.last)
  return { before, after: before }
}

/** The certificates of a period, and then what decided over deletions in it. */
export async function* evidenceLines(catalog: Catalog, period: Period, { before, after }: ChainRun): AsyncGenerator<EvidenceLine> {
  for await (const page of certificatePages(catalog, { after: before?.sequence ?? 0, upTo: after?.sequence ?? 0 })) yield* page.map(certificateLine)
  yield* decisionsOf(catalog, period)
}

function certificateLine({ sequence, document, sha256, keyId, signature }: StoredCertificate): EvidenceLine {
  return { kind: 'certificate', sequence, document, sha256, keyId, signature }
}
