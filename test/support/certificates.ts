import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { systemClock } from '@twinreel/service/clock'

/** PEM texts. */
export interface Certificate {
  cert: string
  key: string
}

export interface Authority {
  cert: string
  /** A certificate for `name` as its common name; one that is an IPv4 address is good for a server there. */
  issue(name: string): Certificate
}

// Tags of X.690 and identifiers of RFC 5280 and RFC 5758.
const [INTEGER, BIT_STRING, OCTET_STRING, UTF8_STRING, UTC_TIME, SEQUENCE, SET] = [0x02, 0x03, 0x04, 0x0c, 0x17, 0x30, 0x31]
const [VERSION, EXTENSIONS, IP_ADDRESS] = [0xa0, 0xa3, 0x87]
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex')
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex')
const TRUE = Buffer.from('0101ff', 'hex')
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex')
const DAY_MS = 86_400_000

/** A certificate authority that nobody knows yet, made in a moment and without any program (X.509 version 3, P-256). */
export function createAuthority(name: string): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issued = (subject: string, publicKey: KeyObject, extension: Buffer): string => {
    const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256)
    const serial = randomBytes(8)
    // Positive, and in its shortest form.
    serial[0] = 1
    const content = der(
      SEQUENCE,
      der(VERSION, der(INTEGER, Buffer.from([2]))),
      der(INTEGER, serial),
      algorithm,
      nameOf(name),
      der(SEQUENCE, time(systemClock.now() - DAY_MS), time(systemClock.now() + DAY_MS)),
      nameOf(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(EXTENSIONS, der(SEQUENCE, extension)),
    )
    const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', content, own.privateKey))
    return pem(der(SEQUENCE, content, algorithm, signature))
  }
  return {
    cert: issued(name, own.publicKey, der(SEQUENCE, BASIC_CONSTRAINTS, TRUE, der(OCTET_STRING, der(SEQUENCE, TRUE)))),
    issue(subject) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const addresses = isIP(subject) === 4 ? [der(IP_ADDRESS, Buffer.from(subject.split('.').map(Number)))] : []
      const extension =
        addresses.length === 0
          ? der(SEQUENCE, BASIC_CONSTRAINTS, der(OCTET_STRING, der(SEQUENCE)))
          : der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, der(SEQUENCE, ...addresses)))
      return { cert: issued(subject, publicKey, extension), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
    },
  }
}

function nameOf(commonName: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(commonName)))))
}

function time(atMs: number): Buffer {
  return der(UTC_TIME, Buffer.from(`${new Date(atMs).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`))
}

/** Distinguished encoding: tag, length in its shortest form, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents)
  const lengthHex = body.length.toString(16)
  const long = Buffer.from(lengthHex.padStart(lengthHex.length + (lengthHex.length % 2), '0'), 'hex')
  const length = body.length < 0x80 ? [body.length] : [0x80 + long.length, ...long]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

function pem(encoded: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${encoded.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`
}
