import { createPrivateKey } from 'node:crypto'
import { signingKey } from '@twinreel/service/signing-key'
import { signing } from '@twinreel/twinreel/keys/signing'

/** What stands before the 32 bytes of an Ed25519 key in PKCS#8 (RFC 8410 §7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The same key in every run, for objects that are compared: manifests are the same under one key. */
export const ONE_KEY_PEM = createPrivateKey({ key: Buffer.concat([PKCS8, Buffer.alloc(32, 7)]), format: 'der', type: 'pkcs8' })
  .export({ type: 'pkcs8', format: 'pem' })
  .toString()

const { signer, trustedKeys } = signing(signingKey(ONE_KEY_PEM), [])

/** What a recorder is given. */
export const RECORDER_KEYS = { signer, trustedKeys }

/** What `recordWith` is given. */
export const ONE_KEY = { signing: RECORDER_KEYS }
