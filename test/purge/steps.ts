import type { AtDoor, Verdict } from '../support/s3-door.ts'

/** Where a purge is stopped: between two steps of its state machine, or in the middle of one. docs/retention/purge.md tells what each leaves. */
export const PURGE_STEPS = ['claimed', 'tombstone-journaled', 'some-deleted', 'all-deleted', 'verified', 'certified'] as const
export type PurgeStep = (typeof PURGE_STEPS)[number]

function isJournalPut({ method, key }: AtDoor): boolean {
  return method === 'PUT' && key.startsWith('journal/')
}

export function isDelete({ method, query }: AtDoor): boolean {
  return method === 'POST' && query.has('delete')
}

/** A listing that speaks for many recordings. What is listed to find an object's versions begins nowhere in particular. */
export function isProof({ method, query }: AtDoor): boolean {
  return method === 'GET' && query.has('versions') && query.has('key-marker') && (query.get('prefix') ?? '').startsWith('recordings/')
}

/** What a request asks to be deleted. */
export interface Doomed {
  key: string
  versionId: string | null
}

export function doomedBy({ method, key, query, body }: AtDoor): Doomed[] {
  if (method === 'DELETE') return [{ key, versionId: query.get('versionId') }]
  const objects = body.matchAll(/<Object>(.*?)<\/Object>/gs)
  return [...objects].map(([, object = '']) => ({ key: within(object, 'Key') ?? '', versionId: within(object, 'VersionId') }))
}

function within(text: string, tag: string): string | null {
  return new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1] ?? null
}

/** How many requests of a kind have gone on to the store. */
export interface Passed {
  deletes: number
  proofs: number
}

/** How many of each kind go on before the step is reached. */
export type First = Passed

/** What becomes of the request at which the step is reached; `null` for any other. `isFresh`: it is to delete recordings for the first time. */
export function verdictAt(step: PurgeStep, asked: AtDoor, { deletes, proofs, isFresh }: Passed & { isFresh: boolean }, first: First): Verdict | null {
  switch (step) {
    case 'claimed':
      return isJournalPut(asked) && deletes >= first.deletes ? 'hold' : null
    case 'tombstone-journaled':
    // The test deletes half of what was asked for, as a store does that dies in the middle.
    case 'some-deleted':
      return isFresh && deletes >= first.deletes ? 'hold' : null
    case 'all-deleted':
      return isFresh && deletes >= first.deletes ? 'withhold' : null
    // The test holds the catalog, so that nothing can be certified on it.
    case 'verified':
      return isProof(asked) && deletes > first.deletes && proofs >= first.proofs ? 'pass' : null
    case 'certified':
      return isJournalPut(asked) && asked.body.includes('"purges"') ? 'hold' : null
  }
}
