import { newSigningKeyPem, signingKey } from '@twinreel/service/signing-key'
import { signing } from '@twinreel/twinreel/keys/signing'

/** A key for several directories whose objects are compared: manifests are the same under one key. */
export const ONE_KEY_PEM = newSigningKeyPem()

export const ONE_KEY = { signing: signing(signingKey(ONE_KEY_PEM), []) }
