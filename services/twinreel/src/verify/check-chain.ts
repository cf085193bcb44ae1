import { createHash } from 'node:crypto'
import { chainLink, chainStart } from '@twinreel/recording/manifest-chain'
import type { ManifestDocument } from '@twinreel/recording/manifest-document'
import type { Problem } from './problem.ts'

/** A manifest's chain: each link from the one before it as the manifest has it, so that every one that was changed is named. */
export function checkChain(document: ManifestDocument, key: string): Problem[] {
  const problem = (index: number | null, text: string): Problem => ({ piece: 'manifest', index, key, kind: 'chain', problem: text })
  const problems: Problem[] = []
  let head = chainStart(document, sha256)
  document.segments.forEach((segment, at) => {
    if (segment.index !== at) problems.push(problem(segment.index, `has segment ${segment.index} where segment ${at} should be`))
    if (chainLink(head, segment, sha256) !== segment.chain)
      problems.push(problem(segment.index, `has a chain link of segment ${segment.index} that does not follow from it and what comes before it`))
    head = segment.chain
  })
  if (document.chainHead !== head) problems.push(problem(null, 'has a chain head that is not its last link: a segment was taken away or added at its end'))
  return problems
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
