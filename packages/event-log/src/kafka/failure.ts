import { LogError } from '../port.ts'

/** What Node says when TLS itself fails; another try changes nothing. */
const TLS_FAULTS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is signed by nobody who is trusted here; is the CA given?',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is signed by nobody who is trusted here; is the CA given?',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is signed by nobody who is trusted here; is the CA given?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is signed by nobody who is trusted here; is the CA given?',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is not for this host name',
}

function isTlsFault(code: string | null): boolean {
  return code !== null && (code in TLS_FAULTS || code.startsWith('ERR_SSL_'))
}

/** kafkajs's errors that lie in the data or the credentials, not in the connection. */
const FATAL_NAMES = new Set([
  'KafkaJSSASLAuthenticationError',
  'KafkaJSNotImplemented',
  'KafkaJSServerDoesNotSupportApiKey',
  'KafkaJSUnsupportedMagicByteInMessageSet',
])

interface Fault {
  name: string
  message: string
  /** Of an error of the protocol: its name there, as kafkajs spells it. */
  type: string | null
  code: string | null
  retriable: boolean
}

/** The innermost cause: kafkajs wraps what its retries gave up on. */
function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { name: '', message: String(error), type: null, code: null, retriable: false }
  if (error.name.startsWith('KafkaJSN') && error.cause instanceof Error) return faultOf(error.cause)
  // Several errors of one request: the first tells enough.
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) return faultOf(error.errors[0])
  if ('partitions' in error && Array.isArray(error.partitions)) return faultOf((error.partitions[0] as { error: unknown } | undefined)?.error)
  const text = (key: 'type' | 'code') => ((value: unknown) => (typeof value === 'string' ? value : null))((error as unknown as Record<string, unknown>)[key])
  return { name: error.name, message: error.message, type: text('type'), code: text('code'), retriable: 'retriable' in error && error.retriable === true }
}

/** The protocol's name of the error, `null` when it is none of the protocol's. */
export function protocolError(error: unknown): string | null {
  return faultOf(error).type
}

/** Whether the way to the broker is what failed: the connection is given up, and a new one may do. */
export function isConnectionTrouble(error: unknown): boolean {
  const { type, name, code } = faultOf(error)
  return !(error instanceof LogError) && type === null && !FATAL_NAMES.has(name) && !isTlsFault(code)
}

/** Whether the same may succeed later. A topic that is not there is taken for missing: see `isPassing`. */
export function isRetriable(error: unknown): boolean {
  return isPassing(error) && protocolError(error) !== 'UNKNOWN_TOPIC_OR_PARTITION'
}

/** Whether the same may succeed later, asked for a topic that was there before: a broker that has just started does not know it yet. */
export function isPassing(error: unknown): boolean {
  if (error instanceof LogError) return error.retriable
  const { type, retriable } = faultOf(error)
  return type === null ? isConnectionTrouble(error) : retriable
}

/** Says what failed and why. A `LogError` passes unchanged. */
export function toLogError(error: unknown, what: string): LogError {
  if (error instanceof LogError) return error
  return new LogError(`${what}: ${reasonOf(error)}`, { retriable: isRetriable(error), cause: error })
}

function reasonOf(error: unknown): string {
  const { name, type, code, message } = faultOf(error)
  if (code !== null && isTlsFault(code)) {
    // OpenSSL's alerts: mostly about the certificate that one side showed, or did not show.
    return `${TLS_FAULTS[code] ?? 'TLS failed; does the listener speak it, and does it ask for a client certificate?'} (${code})`
  }
  switch (type) {
    case 'TOPIC_AUTHORIZATION_FAILED':
    case 'GROUP_AUTHORIZATION_FAILED':
    case 'CLUSTER_AUTHORIZATION_FAILED':
      return `this user may not do that (${type}); see the table of ACLs in the guide to operating`
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return 'there is no such topic or partition; run `twinreel topics apply`'
    case 'ILLEGAL_SASL_STATE':
      return `the listener takes no credentials, or not these (${type})`
    case 'SASL_AUTHENTICATION_FAILED':
      return `the broker refuses the credentials (${message})`
    default:
  }
  if (name === 'KafkaJSSASLAuthenticationError') return `the broker refuses the credentials (${message})`
  if (name === 'KafkaJSNotImplemented')
    return `a batch is compressed in a way that cannot be read here (${message}); run \`twinreel topics apply\`, the broker then unpacks what comes`
  if (name === 'KafkaJSConnectionClosedError') return 'the broker closed the connection; does its listener ask for TLS or for credentials?'
  if (code === 'ECONNRESET') return `${message}; does one side speak TLS and the other not?`
  return type === null ? message : `${message} (${type})`
}
