import type { Mechanism } from 'kafkajs'
import { LogError } from '../port.ts'
import type { TokenProvider } from './settings.ts'

/** Separates the fields of the message, and is the answer that ends a refusal. */
const SOH = '\u0001'
/** b64token of RFC 6750, section 2.1. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

/**
 * SASL OAUTHBEARER (RFC 7628). A broker that refuses a token says so in an answer that looks like success; kafkajs's own
 * authenticator takes it for one, and every request after it fails for no reason told.
 */
export function oauthBearer(token: TokenProvider): Mechanism {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }) => ({
      async authenticate() {
        const { value } = await token()
        if (!TOKEN.test(value)) throw new LogError('SASL OAUTHBEARER: what was got for a token is none (RFC 6750)', { retriable: false })
        const request = { encode: () => withLength(`n,,${SOH}auth=Bearer ${value}${SOH}${SOH}`) }
        const response = { decode: (raw: Buffer) => raw, parse: (raw: Buffer) => raw.subarray(4).toString() }
        const refusal = await saslAuthenticate({ request, response })
        if (typeof refusal === 'string' && refusal !== '')
          throw new LogError(`SASL OAUTHBEARER: the broker refuses the token: ${refusal}`, { retriable: false })
      },
    }),
  }
}

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.byteLength)
  return Buffer.concat([length, bytes])
}
