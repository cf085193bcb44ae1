/** How to reach a catalog on PostgreSQL 14 or later. */
export interface PostgresSettings {
  /** `postgres://user:password@host:port/database`; of parameters `application_name`, `options` and `host` (a socket's directory) are understood. */
  url: string
  /** Connections at most. */
  poolSize: number
  /** A statement that takes longer, waiting for locks included, fails. A transaction whose client falls silent for as long, or for some seconds, is undone. */
  statementTimeoutMs: number
  /** `null`: not encrypted. A `ca` (PEM) is trusted instead of the system's. */
  tls: null | { ca: string | null }
}
