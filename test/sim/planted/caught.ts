/**
 * At which seed the simulation caught each planted bug when all seeds were tried from the first on, and by which check (`pnpm sim --planted` tells it again). The
 * seed is tried first, so that looking for all of them is quick; nothing depends on its being right.
 */
export const CAUGHT: Readonly<Record<string, { seed: number; by: string }>> = {
  'commit-before-durable': { seed: 3, by: 'durable-first' },
  'failed-put-counts': { seed: 6, by: 'durable-first' },
  'shared-scratch': { seed: 1, by: 'audio' },
  'channels-swapped': { seed: 1, by: 'audio' },
  'segment-begins-late': { seed: 1, by: 'audio' },
  'piece-edge-lost': { seed: 1, by: 'audio' },
  'piece-dropped-with-floor': { seed: 1, by: 'audio' },
}
