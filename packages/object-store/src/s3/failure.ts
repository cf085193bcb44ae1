import { StoreError } from '../port.ts'

/** What an answer or a broken connection tells, whichever it was. */
export interface Fault {
  /** S3's error code (`NoSuchKey` …) or the system's (`ECONNREFUSED` …); else the error's name. */
  code: string
  /** HTTP status; `null` when there was no answer. */
  status: number | null
  message: string
  headers: Readonly<Record<string, string>>
}

/** Codes under which S3 asks to try again, whatever the status. */
const TRANSIENT = new Set([
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'OperationAborted',
  'ConditionalRequestConflict',
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'BandwidthLimitExceeded',
  'ExpiredToken',
])

/** No answer, and none would come of trying again before somebody mends the settings. */
const UNTRUSTED = /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|CredentialsProviderError|ERR_INVALID_)/
const NETWORK = /^(?:E[A-Z_]+|TimeoutError|AbortError|NetworkingError)$/

/** Text from outside, fit for one line of a message. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 300)
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

export function faultOf(error: unknown): Fault {
  const response = property(error, '$response')
  const status = property(property(error, '$metadata'), 'httpStatusCode') ?? property(response, 'statusCode')
  const system = property(error, 'code')
  const name = error instanceof Error ? error.name : 'unknown'
  const headers = property(response, 'headers')
  return {
    code: plain(typeof status !== 'number' && typeof system === 'string' ? system : name),
    status: typeof status === 'number' && status > 0 ? status : null,
    message: plain(error instanceof Error ? error.message : String(error)),
    headers: typeof headers === 'object' && headers !== null ? (headers as Record<string, string>) : {},
  }
}

export function isRetriable({ code, status }: Fault): boolean {
  if (TRANSIENT.has(code)) return true
  if (status === null) return NETWORK.test(code) && !UNTRUSTED.test(code)
  // With a good status it was the answer itself that could not be read.
  return status < 300 || status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505)
}

/** What to do about it, where there is something to say. */
function adviceOn({ code, status, headers }: Fault): string | null {
  const region = headers['x-amz-bucket-region']
  if (region !== undefined && (status === 301 || status === 400)) return `the bucket lies in region ${plain(region)}; set that region`
  switch (code) {
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'InvalidToken':
    case 'XAdminUserNotFound':
      return 'the store does not accept the credentials; check access key and secret key'
    case 'CredentialsProviderError':
      return 'no credentials were found; give an access key and a secret key, or a role the SDK’s own chain finds'
    case 'AccessDenied':
    case 'AllAccessDisabled':
      return 'the credentials are not allowed to do this; look at the permissions of their user or role, and of the bucket'
    case 'NoSuchBucket':
      return 'there is no such bucket; create it, or correct its name'
    case 'NotFound':
      return 'there is no such bucket there, or what answers is no S3'
    case 'RequestTimeTooSkewed':
      return 'this machine’s clock and the store’s differ too much; set both by NTP'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the endpoint’s host name is not known; check it, and the name server'
    case 'EPROTO':
      return 'what answers there does not speak TLS; perhaps the endpoint is http://'
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'nothing answers there; check the endpoint, and that the store runs'
    default:
      return UNTRUSTED.test(code) ? 'there is no trusted connection; check the endpoint, and name its certificate authority in NODE_EXTRA_CA_CERTS' : null
  }
}

/**
 * Says what could not be done, how the store answered and what to do. A `StoreError` gets `what` put before it. The SDK's error is not
 * handed on: it carries the whole answer, and with it headers that belong in no log.
 */
export function toStoreError(what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return new StoreError(`${what}: ${error.message}`, { retriable: error.retriable })
  const fault = faultOf(error)
  const advice = adviceOn(fault)
  const told = [fault.status, fault.code === 'Error' ? null : fault.code, fault.message === 'UnknownError' ? null : fault.message]
  const reason = told.filter((part) => part !== null && part !== '').join(' ')
  return new StoreError(`${what}: ${reason}${advice === null ? '' : ` (${advice})`}`, { retriable: isRetriable(fault) })
}
