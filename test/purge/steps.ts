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

export function isProof({ method, query }: AtDoor): boolean {
  return method === 'GET' && query.has('versions') && (query.get('prefix') ?? '').startsWith('recordings/')
}

export function keysIn({ body }: AtDoor): string[] {
  return [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key)
}

/** How many requests of a kind have gone on to the store. */
export interface Passed {
  deletes: number
  proofs: number
}

/** What becomes of the request at which the step is reached; `null` for any other. `nth`: how many of its kind go on first. */
export function verdictAt(step: PurgeStep, asked: AtDoor, { deletes, proofs }: Passed, nth: number): Verdict | null {
  switch (step) {
    case 'claimed':
      return isJournalPut(asked) && deletes >= nth ? 'hold' : null
    case 'tombstone-journaled':
    // The test deletes half of what was asked for, as a store does that dies in the middle.
    case 'some-deleted':
      return isDelete(asked) && deletes >= nth ? 'hold' : null
    case 'all-deleted':
      return isDelete(asked) && deletes >= nth ? 'withhold' : null
    // The test holds the catalog, so that nothing can be certified on it.
    case 'verified':
      return isProof(asked) && deletes > nth && proofs >= nth ? 'pass' : null
    case 'certified':
      return isJournalPut(asked) && asked.body.includes('"purges"') ? 'hold' : null
  }
}
