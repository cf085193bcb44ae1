/** Where the real servers are; whoever names them lets the bench make and delete topics, buckets and databases of its own there. */
export interface Addresses {
  /** host:port */
  kafka: string
  /** Its URL. */
  s3: string
  s3AccessKey: string
  s3SecretKey: string
  /** `postgres://…` of a user that may create databases. */
  postgres: string
}

const VARIABLES = {
  kafka: 'TWINREEL_TEST_KAFKA',
  s3: 'TWINREEL_TEST_S3',
  s3AccessKey: 'TWINREEL_TEST_S3_ACCESS_KEY',
  s3SecretKey: 'TWINREEL_TEST_S3_SECRET_KEY',
  postgres: 'TWINREEL_TEST_POSTGRES',
} as const satisfies Record<keyof Addresses, string>

export type Environment = Readonly<Record<string, string | undefined>>

/** The addresses that the environment names, or the variables that are missing. */
export function addressesIn(environment: Environment): Addresses | { missing: readonly string[] } {
  const missing = Object.values(VARIABLES).filter((name) => (environment[name] ?? '') === '')
  if (missing.length > 0) return { missing }
  const value = (name: keyof Addresses): string => environment[VARIABLES[name]] ?? ''
  return { kafka: value('kafka'), s3: value('s3'), s3AccessKey: value('s3AccessKey'), s3SecretKey: value('s3SecretKey'), postgres: value('postgres') }
}
