import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { readJson } from './read-json.ts'
import { showsToken } from './token.ts'

export interface HttpAnswer {
  status: number
  contentType: string
  body: string
}

/** What a path that takes JSON answers. */
export interface PostAnswer {
  status: number
  value: unknown
}

/** Paths that take JSON from who shows this token, and from nobody else. */
export interface Posts {
  token: string
  paths: Readonly<Record<string, (body: unknown) => Promise<PostAnswer>>>
}

export interface HttpServer {
  /** From now on these too: nothing is posted before. */
  takePosts(posts: Posts): void
  host: string
  /** The port it listens on: the one asked for, or, if that was 0, the one it was given. */
  port: number
  /** Takes no further requests and resolves when the last one is answered, at the latest after a second. */
  stop(): Promise<void>
}

/** The address can't be listened on; says which and why. */
export class ListenError extends Error {
  constructor(host: string, port: number, cause: unknown) {
    super(`can’t listen on ${isIP(host) === 6 ? `[${host}]` : host}:${port}: ${whyNot(cause)}`, { cause })
    this.name = 'ListenError'
  }
}

const JSON_TYPE = 'application/json; charset=utf-8'
const MAX_CONNECTIONS = 64
const MAX_HEADER_BYTES = 8 * 1024
const HEADERS_LIMIT_MS = 5_000
const REQUEST_LIMIT_MS = 10_000
const IDLE_LIMIT_MS = 5_000
const STOP_LIMIT_MS = 1_000
const MAX_BODY_BYTES = 4_096

/**
 * Answers GET and HEAD on the given paths, POST on those that `takePosts` names, and nothing else: no other path or method, small bodies, few
 * and small headers, few connections, each for a short time. Throws `ListenError`.
 */
export async function startHttpServer(options: {
  host: string
  port: number
  paths: Readonly<Record<string, () => Promise<HttpAnswer> | HttpAnswer>>
  /** A path failed; the client hears 500 and no more. */
  onError(error: unknown): void
}): Promise<HttpServer> {
  const { host, port, onError } = options
  const paths = new Map(Object.entries(options.paths))
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_LIMIT_MS,
      requestTimeout: REQUEST_LIMIT_MS,
      keepAliveTimeout: IDLE_LIMIT_MS,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        onError(error)
        send(request, response, problem(500, 'failed'))
      })
    },
  )
  server.maxConnections = MAX_CONNECTIONS
  server.maxHeadersCount = 50

  let posts: Posts | null = null

  /** `false`: not posted, or to no path that takes anything. */
  async function answerPost(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const take =
      request.method === 'POST' && request.url !== undefined && posts !== null && Object.hasOwn(posts.paths, request.url) ? posts.paths[request.url] : undefined
    if (take === undefined || posts === null) return false
    if (!showsToken(request.headers.authorization, posts.token)) {
      response.setHeader('www-authenticate', 'Bearer')
      send(request, response, problem(401, 'a token is needed'))
      return true
    }
    const body = await readJson(request, MAX_BODY_BYTES)
    if (body === null) send(request, response, problem(413, `a JSON document of at most ${MAX_BODY_BYTES} bytes is read`))
    else {
      const { status, value } = await take(body.value)
      send(request, response, { status, contentType: JSON_TYPE, body: `${JSON.stringify(value)}\n` })
    }
    return true
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await answerPost(request, response)) return
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      return send(request, response, problem(405, 'only GET and HEAD'))
    }
    if (hasBody(request)) return send(request, response, problem(413, 'no body is read'))
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const respond = paths.get(path)
    send(request, response, respond === undefined ? problem(404, `only ${[...paths.keys()].join(', ')}`) : await respond())
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new ListenError(host, port, error)))
    server.listen({ host, port }, resolve)
  })
  server.on('error', onError)
  const address = server.address()
  return {
    host,
    port: typeof address === 'object' && address !== null ? address.port : port,
    takePosts: (taken) => void (posts = taken),
    stop: () => stop(server),
  }
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || (request.headers['content-length'] ?? '0') !== '0'
}

function problem(status: number, error: string): HttpAnswer {
  return { status, contentType: JSON_TYPE, body: `${JSON.stringify({ error })}\n` }
}

function send(request: IncomingMessage, response: ServerResponse, { status, contentType, body }: HttpAnswer): void {
  if (response.headersSent) return void response.destroy()
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // A body that nobody reads would be taken for the next request.
    ...(status === 401 || status === 405 || status === 413 ? { connection: 'close' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function stop(server: ReturnType<typeof createServer>): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), STOP_LIMIT_MS)
  await closed
  clearTimeout(timer)
}

function whyNot(cause: unknown): string {
  switch (cause instanceof Error && 'code' in cause ? cause.code : null) {
    case 'EADDRINUSE':
      return 'the port is taken; stop what listens there, or choose another one'
    case 'EACCES':
      return 'it is not allowed; choose a port above 1023'
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host’s name is not known'
    default:
      return cause instanceof Error ? cause.message : String(cause)
  }
}
