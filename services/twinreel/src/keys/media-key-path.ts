import { CallOverError, mediaKeysFor, type WrappingKeys } from '@twinreel/catalog/media-keys'
import type { Catalog } from '@twinreel/catalog/open'
import { callId } from '@twinreel/contracts/identifiers'
import { MEDIA_ENCRYPTION } from '@twinreel/contracts/sealed-media'
import type { PostAnswer, Posts } from '@twinreel/service/http-server'

/** The path at which publishers get the keys of their calls. */
export function mediaKeyPosts(catalog: Catalog, { wrapping, token }: { wrapping: WrappingKeys; token: string }): Posts {
  return { token, paths: { '/media-keys': answerKey(catalog, wrapping) } }
}

/** Answers `{callId}` with the call's key, made where there is none; 409 for a call that is over. */
function answerKey(catalog: Catalog, wrapping: WrappingKeys): (body: unknown) => Promise<PostAnswer> {
  return async (body) => {
    const asked = callId.safeParse(typeof body === 'object' && body !== null && 'callId' in body ? body.callId : undefined)
    if (!asked.success) return { status: 400, value: { error: 'the body is {"callId": "…"}' } }
    try {
      const made = (await mediaKeysFor(catalog, wrapping, [asked.data])).get(asked.data)
      if (made === undefined) return { status: 500, value: { error: 'failed' } }
      return { status: 200, value: { encryption: MEDIA_ENCRYPTION, keyId: made.keyId, key: made.key.export().toString('base64') } }
    } catch (error) {
      if (error instanceof CallOverError) return { status: 409, value: { error: 'the call is over' } }
      throw error
    }
  }
}
