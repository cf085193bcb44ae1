import { readFile } from 'node:fs/promises'

export interface BearerToken {
  value: string
}

export interface ClientCredentials {
  tokenUrl: string
  clientId: string
  clientSecret: string
  scope: string | null
}

interface Granted extends BearerToken {
  untilMs: number
}

/** Renewed so long before it ends: a broker asks for it again while it still holds. */
const AHEAD_MS = 60_000
/** RFC 6749 leaves `expires_in` optional. */
const UNKNOWN_LIFE_MS = 300_000
const LIMIT_MS = 10_000
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * Tokens by the client-credentials grant (RFC 6749, 4.4; the client by HTTP Basic, 2.3.1), kept until a minute before they end (a short
 * one for three quarters of its life). Asked for by several at once, it asks once. Errors name the URL's host and the server's error
 * code, never the secret or what the server wrote.
 */
export function clientCredentials(client: ClientCredentials, monotonicMs: () => number = () => performance.now()): () => Promise<BearerToken> {
  let granted: Granted | null = null
  let asking: Promise<Granted> | null = null
  return async () => {
    if (granted !== null && monotonicMs() < granted.untilMs) return { value: granted.value }
    asking ??= ask(client, monotonicMs).finally(() => (asking = null))
    granted = await asking
    return { value: granted.value }
  }
}

/** The token that stands in a file just now. */
export function tokenFile(path: string): () => Promise<BearerToken> {
  return async () => {
    const value = (await readFile(path, 'utf8')).trim()
    if (value === '') throw new Error('the file of TWINREEL_KAFKA_OAUTH_TOKEN_FILE is empty')
    return { value }
  }
}

async function ask({ tokenUrl, clientId, clientSecret, scope }: ClientCredentials, monotonicMs: () => number): Promise<Granted> {
  const { host } = new URL(tokenUrl)
  const refused = (why: string): Error => new Error(`no token from ${host}: ${why}`)
  const askedMs = monotonicMs()
  let response: Response
  let body: Record<string, unknown>
  try {
    response = await fetch(tokenUrl, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(LIMIT_MS),
      headers: {
        authorization: `Basic ${Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64')}`,
        accept: 'application/json',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope === null ? {} : { scope }) }),
    })
    body = await jsonOf(response)
  } catch (error) {
    throw refused(reasonOf(error))
  }
  if (!response.ok) throw refused(`answered ${response.status}${errorCode(body['error'])}`)
  const { access_token: value, token_type: type, expires_in: life } = body
  if (typeof value !== 'string' || value === '' || /[^\x21-\x7e]/.test(value)) throw refused('answered without an access token')
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') throw refused('answered with a token that is not a bearer’s')
  const lifeMs = typeof life === 'number' && life > 0 ? life * 1_000 : UNKNOWN_LIFE_MS
  return { value, untilMs: askedMs + Math.max(lifeMs - AHEAD_MS, lifeMs * 0.75) }
}

async function jsonOf(response: Response): Promise<Record<string, unknown>> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  const stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array> = response.body ?? []
  for await (const part of stream) {
    sizeBytes += part.length
    if (sizeBytes > MAX_ANSWER_BYTES) throw new RangeError(`answered more than ${MAX_ANSWER_BYTES} bytes`)
    parts.push(part)
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return error.message
  if (!(error instanceof Error)) return 'the request failed'
  if (error.name === 'TimeoutError') return `no answer within ${LIMIT_MS / 1_000} s`
  const { cause } = error
  return cause instanceof Error && 'code' in cause ? `the request failed (${String(cause.code)})` : 'the request failed'
}

/** RFC 6749, 5.2. Only what looks like one of its codes: a server may write anything there. */
function errorCode(error: unknown): string {
  return typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? ` (${error})` : ''
}

/** application/x-www-form-urlencoded, as RFC 6749, 2.3.1 has it. */
function formEncoded(part: string): string {
  return new URLSearchParams({ '': part }).toString().slice(1)
}
