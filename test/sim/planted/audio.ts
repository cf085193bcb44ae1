import type { Plant } from './plant.ts'

/** Faults in audio as bytes, and in how it is read from the wire. */
export const AUDIO_PLANTS: readonly Plant[] = [
  {
    name: 'gap-holds-old-audio',
    breaks: 'a gap is not filled with silence: what the memory held before stands there',
    edits: [
      {
        file: 'packages/media/src/timeline.ts',
        find: 'out.fill(silenceByte(format.codec))',
        replace: 'if (into === undefined) out.fill(silenceByte(format.codec))',
      },
    ],
  },
  {
    name: 'loud-silence',
    breaks: 'silence in µ-law is written as the byte nought, which is the loudest',
    edits: [{ file: 'packages/media/src/format.ts', find: 'return 0xff', replace: 'return 0x00' }],
  },
  {
    name: 'one-frame-in-four-swapped',
    breaks: 'of four frames that are interleaved at once the second has its channels swapped',
    edits: [
      {
        file: 'packages/media/src/interleave.ts',
        find: 'out[at + 1] = ((l >>> 8) & 0xff) | (r & 0xff00)',
        replace: 'out[at + 1] = ((r >>> 8) & 0xff) | (l & 0xff00)',
      },
    ],
  },
  {
    name: 'one-sample-late',
    breaks: 'a run is placed a sample behind where it belongs',
    edits: [
      {
        file: 'packages/media/src/timeline.ts',
        find: '(piece.from - fromSample) * sampleBytes',
        replace: 'Math.min(piece.from - fromSample + 1, toSample - fromSample - (piece.to - piece.from)) * sampleBytes',
      },
    ],
  },
  {
    name: 'gap-at-the-end-unseen',
    breaks: 'of what a set lacks, the last piece is not told',
    edits: [
      {
        file: 'packages/media/src/intervals.ts',
        find: 'gaps.push(...nonEmpty(at, to))',
        replace: 'if (gaps.length === 0) gaps.push(...nonEmpty(at, to))',
      },
    ],
  },
  {
    name: 'offset-of-sixteen-bits',
    breaks: 'a run’s offset is read as two bytes, so that the ninth second is taken for the first',
    edits: [{ file: 'packages/contracts/src/media.ts', find: 'Number(view.getBigInt64(head))', replace: 'view.getUint16(head + 6)' }],
  },
]
