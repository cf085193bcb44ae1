/** Where a catalog is, and as whom. */
export interface Address {
  host: string
  port: number
  user: string
  password: string
  database: string
  applicationName: string
  /** Server settings as of `psql`'s PGOPTIONS; empty when none. */
  options: string
}

const UNDERSTOOD = new Set(['application_name', 'options', 'host'])

/** Reads a connection URL (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS). Throws an `Error` that says what is wrong and never repeats the URL: it may hold a password. */
export function parseAddress(url: string): Address {
  if (!URL.canParse(url)) throw new Error('the URL can’t be read; write postgres://user:password@host:port/database, special characters percent-encoded')
  const parsed = new URL(url)
  if (parsed.protocol !== 'postgres:' && parsed.protocol !== 'postgresql:') throw new Error(`the URL must begin with postgres://, not ${parsed.protocol}//`)
  for (const name of parsed.searchParams.keys()) {
    if (name.startsWith('ssl')) throw new Error(`the URL's parameter ${name} is not understood: TLS has settings of its own`)
    if (!UNDERSTOOD.has(name)) throw new Error(`the URL's parameter ${name} is not understood; these are: ${[...UNDERSTOOD].join(', ')}`)
  }
  const database = decoded(parsed.pathname.slice(1))
  if (database === '') throw new Error('the URL names no database; write postgres://user:password@host:port/database')
  if (parsed.username === '') throw new Error('the URL names no user; write postgres://user:password@host:port/database')
  return {
    host: parsed.searchParams.get('host') ?? (parsed.hostname === '' ? 'localhost' : parsed.hostname.replace(/^\[(.*)\]$/, '$1')),
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    user: decoded(parsed.username),
    password: decoded(parsed.password),
    database,
    applicationName: parsed.searchParams.get('application_name') ?? 'twinreel',
    options: parsed.searchParams.get('options') ?? '',
  }
}

/** `host:port/database`, for people. */
export function placeOf(address: Address): string {
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}/${address.database}`
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Error('the URL has a % that encodes nothing; a percent sign in a password is written %25')
  }
}
