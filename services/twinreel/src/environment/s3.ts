import type { S3Settings } from '@twinreel/object-store/s3/settings'
import type { EnvironmentReader } from '@twinreel/service/config'
import { choice, flag, integer, optional, text, url } from '@twinreel/service/variables'

const REGION = { values: 'a region’s name, such as eu-central-1', pattern: /^[a-z0-9-]{1,64}$/ }

export const S3_VARIABLES = {
  TWINREEL_S3_BUCKET: text({
    meaning: 'The bucket. It must exist.',
    values: 'a bucket’s name: 3 to 63 lower-case letters, digits, dots and hyphens',
    pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  }),
  TWINREEL_S3_ENDPOINT: optional(url({ meaning: 'The server, if it is not Amazon’s.', values: 'an http or https URL', protocols: ['https:', 'http:'] })),
  TWINREEL_S3_REGION: optional(text({ meaning: 'The bucket’s region. Without it `AWS_REGION`, else, with an endpoint, `us-east-1`.', ...REGION })),
  TWINREEL_S3_PATH_STYLE: optional(
    flag({ meaning: 'Whether the bucket stands in the path of the URL, not in its host. Without it: yes, if an endpoint is given.' }),
  ),
  TWINREEL_S3_ENCRYPTION: choice({
    meaning: 'What the store is asked to encrypt with: nothing of ours (the bucket’s own rule counts), its own keys (SSE-S3), or the key service’s (SSE-KMS).',
    of: ['none', 's3', 'kms'],
    fallback: 'none',
  }),
  TWINREEL_S3_KMS_KEY_ID: optional(
    text({
      meaning: 'The key of SSE-KMS; without it the bucket’s.',
      values: 'a key’s id, alias or ARN',
      pattern: /^[\w:/-]{1,2048}$/,
    }),
  ),
  TWINREEL_S3_MAX_CONNECTIONS: integer({ meaning: 'Connections at once.', min: 1, max: 1_000, fallback: 50 }),
  TWINREEL_S3_REQUEST_TIMEOUT_MS: integer({ meaning: 'Longest wait for an answer.', min: 100, max: 300_000, fallback: 15_000 }),
} as const

const AWS_REGION = { AWS_REGION: optional(text({ meaning: 'The SDK’s own.', ...REGION })) } as const

/** Notes what is wrong; what it answers is to be called when nothing is. Who we are, the SDK's own chain says (`AWS_…`, profiles, roles). */
export function readS3(reader: EnvironmentReader): () => S3Settings {
  const values = reader.read(S3_VARIABLES)
  const { AWS_REGION: sdkRegion } = reader.read(AWS_REGION)
  const { TWINREEL_S3_ENDPOINT: endpoint, TWINREEL_S3_ENCRYPTION: encryption } = values
  const hasEndpoint = reader.isSet('TWINREEL_S3_ENDPOINT')
  if (endpoint !== null) checkEndpoint(reader, endpoint)
  if (!hasEndpoint && !reader.isSet('TWINREEL_S3_REGION') && !reader.isSet('AWS_REGION'))
    reader.fault('TWINREEL_S3_REGION', 'is missing; without an endpoint the region says which server is meant')
  if (reader.isSet('TWINREEL_S3_KMS_KEY_ID') && encryption !== 'kms') reader.fault('TWINREEL_S3_KMS_KEY_ID', 'is given, but TWINREEL_S3_ENCRYPTION is not kms')
  return () => ({
    bucket: values.TWINREEL_S3_BUCKET,
    endpoint,
    region: values.TWINREEL_S3_REGION ?? sdkRegion ?? 'us-east-1',
    pathStyle: values.TWINREEL_S3_PATH_STYLE ?? hasEndpoint,
    encryption: encryption === 'kms' ? { kind: 'kms', keyId: values.TWINREEL_S3_KMS_KEY_ID } : { kind: encryption },
    credentials: null,
    maxConnections: values.TWINREEL_S3_MAX_CONNECTIONS,
    requestTimeoutMs: values.TWINREEL_S3_REQUEST_TIMEOUT_MS,
  })
}

function checkEndpoint(reader: EnvironmentReader, endpoint: string): void {
  const { username, password, search, hash } = new URL(endpoint)
  if (username !== '' || password !== '')
    reader.fault('TWINREEL_S3_ENDPOINT', 'must hold no user and password; give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  if (search !== '' || hash !== '') reader.fault('TWINREEL_S3_ENDPOINT', 'must end with the host, its port or a path')
}
