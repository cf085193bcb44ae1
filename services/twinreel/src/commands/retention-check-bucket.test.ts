import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { documentOf, twinreelWith, type Ran } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const RULE = (prefix: string): string =>
  `<Rule><ID>tidy-up</ID><Status>Enabled</Status><Filter><Prefix>${prefix}</Prefix></Filter><Expiration><Days>7</Days></Expiration></Rule>`

/** Asks about a bucket with this lifecycle on a server that knows nothing else. */
async function checkOf(rules: string, ...args: string[]): Promise<Ran> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://store')
    const body = searchParams.has('versioning')
      ? '<VersioningConfiguration/>'
      : searchParams.has('lifecycle')
        ? `<LifecycleConfiguration>${rules}</LifecycleConfiguration>`
        : '<Error><Code>NotImplemented</Code></Error>'
    response.writeHead(body.startsWith('<Error>') ? 501 : 200, { 'content-type': 'application/xml' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const env = {
    TWINREEL_ENGINE: 'kafka',
    TWINREEL_KAFKA_BROKERS: '127.0.0.1:1',
    TWINREEL_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    TWINREEL_S3_BUCKET: 'calls',
    TWINREEL_S3_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
  }
  return twinreelWith(env, 'retention', 'check-bucket', ...args)
}

it('is alarmed by a rule that deletes recordings, and says which and what to do', async () => {
  const { exitCode, stdout, stderr } = await checkOf(RULE('recordings/acme/'))
  expect(exitCode).toBe(1)
  expect(stdout).toContain('alarm    lifecycle rule tidy-up (keys that begin with recordings/acme/) deletes objects after 7 days in recordings/\n')
  expect(stdout).toContain('fine     replication: the server does not say')
  expect(stderr).toMatch(/^error: 1 alarm; first: lifecycle rule tidy-up .*\n {2}next: retention is Twinreel’s: take the rule away/)
})

it('lets a rule for others be, and gives rules that do no harm', async () => {
  const { exitCode, stdout } = await checkOf(RULE('logs/'), '--json')
  const found = JSON.parse(stdout) as { safeRules: { Rules: object[] } }
  expect(exitCode).toBe(0)
  expect(found).toMatchObject({ holds: true, where: expect.stringMatching(/^S3 bucket calls at http/) })
  expect(found.safeRules.Rules).toHaveLength(3)
})

it('says of a directory that it has none of this', async () => {
  const dataDir = scratchDirectory()
  await documentOf(0, 'orgs', 'enable', 'acme', '--name', 'Acme', '--partner', 'carrier', '--data', dataDir)
  expect(await documentOf(0, 'retention', 'check-bucket', '--data', dataDir)).toMatchObject({
    holds: true,
    findings: [{ level: 'fine', what: expect.stringContaining('no lifecycle rules, versions, replication or object lock') }],
  })
})

it('says nothing is fine of a directory that is none', async () => {
  const { exitCode, stderr } = await twinreelWith({}, 'retention', 'check-bucket', '--data', '/nowhere/at/all')
  expect([exitCode, stderr.includes('/nowhere/at/all is no data directory')]).toEqual([2, true])
})
