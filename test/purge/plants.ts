import type { Plant } from '../sim/planted/plant.ts'
import { RETENTION_PLANTS } from '../sim/planted/retention.ts'

const SHARED = new Set(['certified-before-gone', 'purge-without-verify', 'claims-not-resumed'])

/** Faults that a purge which is killed at each step must show, with real objects in a real store. */
export const PURGE_PLANTS: readonly Plant[] = [
  ...RETENTION_PLANTS.filter(({ name }) => SHARED.has(name)),
  {
    name: 'neighbours-too',
    breaks: 'what is left of a recording is listed without the slash at the end, so that whatever begins alike goes with it',
    edits: [
      {
        file: 'services/retention/src/purge.ts',
        find: '  const prefix = recordingPrefix(recording)\n  const wanted',
        replace: '  const prefix = recordingPrefix(recording).slice(0, -1)\n  const wanted',
      },
    ],
  },
  {
    name: 'deleted-before-journaled',
    breaks: 'objects are deleted before the claim is in the bucket’s journal',
    edits: [{ file: 'services/retention/src/run.ts', find: '  await writeJournal(catalog, store, signer)\n  // Read after', replace: '  // Read after' }],
  },
]
