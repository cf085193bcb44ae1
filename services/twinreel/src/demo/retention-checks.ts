import { checkGone } from '@twinreel/oracle/check-gone'
import type { KnownRecording } from '@twinreel/oracle/check-recording'
import { checkRecordings } from '@twinreel/oracle/check-recordings'
import { changed } from '@twinreel/oracle/files'
import type { Evidence } from './recorded-checks.ts'
import type { Check } from './verdict.ts'

/** `relic`: an object of one of the purged recordings, as it was. */
export function purgedIsGone({ objects }: Evidence, gone: readonly KnownRecording[], relic: { recordingId: string; key: string; bytes: Uint8Array }): Check {
  return {
    claim: `no object is left of the ${gone.length} recordings that had to go`,
    spoiled: [
      {
        what: 'one object was put back',
        recordingId: relic.recordingId,
        saying: 'is still there',
        find: () => checkGone({ objects: changed(objects, new Map([[relic.key, relic.bytes]])), gone }),
      },
    ],
    find: () => checkGone({ objects, gone }),
  }
}

/** `heirloom`: an object of a recording that has to stay. */
export function restIsThere(
  evidence: Evidence,
  gone: ReadonlySet<string>,
  heirloom: { recordingId: string; callId: string; key: string; bytes: Uint8Array },
): Check {
  const { objects, recordings } = evidence
  const { recordingId, callId, key, bytes } = heirloom
  const on = (change: Uint8Array | null) => checkRecordings({ ...evidence, gone, callIds: [callId], objects: changed(objects, new Map([[key, change]])) })
  return {
    claim: `the ${recordings.length - gone.size} others are whole: no object of theirs is missing, and no sample is another`,
    spoiled: [
      { what: 'a paid recording has lost an object', recordingId, saying: 'is missing', find: () => on(null) },
      {
        what: 'one bit of it has turned',
        recordingId,
        saying: 'than was spoken',
        find: () => on(bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))),
      },
    ],
    find: () => checkRecordings({ ...evidence, gone }),
  }
}
