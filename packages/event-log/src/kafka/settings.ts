/** How a bearer token is had when one is needed: at each new connection, and again before a session runs out. */
export type TokenProvider = () => Promise<{ value: string }>

export type KafkaSasl =
  | { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string }
  | { mechanism: 'oauthbearer'; token: TokenProvider }

/** Where the brokers are and how to talk to them. */
export interface KafkaSettings {
  /** `host:port` of some of the brokers; the others are found through them. */
  brokers: readonly string[]
  clientId: string
  /** Put before every topic and group name; '' for none. */
  topicPrefix: string
  /** PEM texts; `ca: null` trusts what the system trusts. A certificate of ours needs both `cert` and `key`. */
  tls: null | { ca: string | null; cert: string | null; key: string | null }
  sasl: null | KafkaSasl
  /** One attempt to connect, TLS and authentication included. */
  connectTimeoutMs: number
  requestTimeoutMs: number
  /** From the call of `append` to its answer, at most. */
  sendDeadlineMs: number
  /** A consumer that was not heard of for this long loses its partitions (broker: group.min.session.timeout.ms, 6 s by default). */
  sessionTimeoutMs: number
}

/** For what happens beside the calls; never a payload, a key or a header. */
export type KafkaLog = (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>) => void
