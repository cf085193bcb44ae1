import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recordingId } from './ids.ts'
import { manifestKey, recordingObject, recordingPrefix, segmentKey } from './keys.ts'

const NAMESPACE = '6f0e5d4c-3b2a-4190-8f7e-6d5c4b3a2910'
const path = { orgId: 'acme', ownerId: 'alice', recordingId: 'r-1' }
const HASH = '0123456789abcdef'.repeat(4)

test('a recording’s objects lie under its organization, owner and id', () => {
  expect(recordingPrefix(path)).toBe('recordings/acme/alice/r-1/')
  expect(segmentKey(path, 0)).toBe('recordings/acme/alice/r-1/00000.wav')
  expect(segmentKey(path, 123)).toBe('recordings/acme/alice/r-1/00123.wav')
  expect(segmentKey(path, 123_456)).toBe('recordings/acme/alice/r-1/123456.wav')
  expect(manifestKey(path)).toBe('recordings/acme/alice/r-1/manifest.json')
})

test('other bytes under a key that is taken lie beside it, named by their hash', () => {
  expect(segmentKey(path, 1, HASH)).toBe('recordings/acme/alice/r-1/00001-0123456789abcdef.wav')
  expect(manifestKey(path, HASH)).toBe('recordings/acme/alice/r-1/manifest-0123456789abcdef.json')
})

test('segments sort by their number', () => {
  const keys = [10, 2, 1].map((index) => segmentKey(path, index))
  expect(keys.toSorted()).toEqual([1, 2, 10].map((index) => segmentKey(path, index)))
})

describe('a key read back', () => {
  test('names what it was made for: whose, of which recording, which segment, and whether it lies beside another', () => {
    expect(recordingObject(segmentKey(path, 7))).toEqual({ ...path, index: 7, isConflict: false })
    expect(recordingObject(segmentKey(path, 123_456, HASH))).toEqual({ ...path, index: 123_456, isConflict: true })
    expect(recordingObject(manifestKey(path))).toEqual({ ...path, index: null, isConflict: false })
    expect(recordingObject(manifestKey(path, HASH))).toEqual({ ...path, index: null, isConflict: true })
  })

  test('does so for any ids and any number', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/)
    fc.assert(
      fc.property(id, id, id, fc.nat(), (orgId, ownerId, recordingId_, index) => {
        const some = { orgId, ownerId, recordingId: recordingId_ }
        expect(recordingObject(segmentKey(some, index))).toEqual({ ...some, index, isConflict: false })
        expect(recordingObject(manifestKey(some))).toEqual({ ...some, index: null, isConflict: false })
      }),
    )
  })

  test.each([
    'recordings/acme/alice/r-1/',
    'recordings/acme/alice/00000.wav',
    'recordings/acme/alice/r-1/part/00000.wav',
    'recordings/acme//r-1/00000.wav',
    'recordings//alice/r-1/00000.wav',
    'recordings/acme/alice//00000.wav',
    'journal/acme/alice/r-1/00000.wav',
    'old/recordings/acme/alice/r-1/00000.wav',
    'recordings/acme/alice/r-1/0000.wav',
    'recordings/acme/alice/r-1/000001.wav',
    'recordings/acme/alice/r-1/0000x.wav',
    'recordings/acme/alice/r-1/00000.json',
    'recordings/acme/alice/r-1/manifest.wav',
    'recordings/acme/alice/r-1/00000.mp3',
    'recordings/acme/alice/r-1/00000.wav.part',
    'recordings/acme/alice/r-1/00000-0123456789abcde.wav',
    'recordings/acme/alice/r-1/00000-0123456789abcdef0.wav',
    'recordings/acme/alice/r-1/00000-0123456789ABCDEF.wav',
    'recordings/acme/alice/r-1/manifest-.json',
  ])('is of no recording when nobody would have made it: %s', (key) => {
    expect(recordingObject(key)).toBeNull()
  })
})

test('an id is the same in every fold, and another for every call, owner, turn and organization', () => {
  const id = recordingId(NAMESPACE, 'call-1', 'alice', 1)
  // Fixed by RFC 9562 §5.5: it must never change, or a re-fold would write a second recording.
  expect(id).toBe('4652fe4c-0911-502a-a609-1e6cd8e158e4')
  expect(recordingId(NAMESPACE, 'call-1', 'alice', 1)).toBe(id)
  const others = [
    recordingId(NAMESPACE, 'call-2', 'alice', 1),
    recordingId(NAMESPACE, 'call-1', 'bob', 1),
    recordingId(NAMESPACE, 'call-1', 'alice', 2),
    recordingId('00000000-0000-4000-8000-000000000000', 'call-1', 'alice', 1),
    // Ids hold no slash, so neighbours can't be confused.
    recordingId(NAMESPACE, 'call-1alice', '', 1),
  ]
  expect(new Set([id, ...others]).size).toBe(6)
})
