import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { cacheRoot } from '../dev/cache.ts'
import { notInstalled } from '../dev/programs.ts'
import { documentOf, twinreel } from '../testing/run-command.ts'

interface Server {
  server: string
  address: string
  pid: number
  ranBefore: boolean
}
interface Up {
  servers: Server[]
  environment: Record<string, string>
  testEnvironment: Record<string, string>
}
interface Status {
  kind: string
  state: string
  pid: number | null
}

const missing = await notInstalled(['s3', 'postgres'], cacheRoot(process.env))
const unless = missing.length > 0 ? ` (${missing.join(', ')} was never fetched)` : ''

describe.skipIf(missing.length > 0)(`dev up, status and down${unless}`, () => {
  const data = mkdtempSync(join(tmpdir(), 'twinreel-'))
  const up = (...names: string[]) => documentOf(0, 'dev', 'up', ...names, '--free-ports', '--data', data) as Promise<Up>
  const status = (exitCode: number) => documentOf(exitCode, 'dev', 'status', '--data', data) as Promise<Status[]>
  const down = (...options: string[]) => documentOf(0, 'dev', 'down', ...options, '--data', data) as Promise<{ stopped: string[] }>
  const states = (servers: readonly Status[]) => servers.map(({ kind, state }) => `${kind} ${state}`)

  afterAll(async () => {
    await twinreel('dev', 'down', '--purge', '--data', data)
    rmSync(data, { recursive: true, force: true })
  })

  test('servers come up once, tell where they are, survive a kill of one, and go', async () => {
    expect(await status(1)).toEqual([])
    const first = await up('s3', 'postgres')
    expect(first.servers.map(({ server, ranBefore }) => [server, ranBefore])).toEqual([
      ['s3', false],
      ['postgres', false],
    ])
    expect(first.environment).toMatchObject({ TWINREEL_S3_BUCKET: 'twinreel', AWS_ACCESS_KEY_ID: 'twinreel' })
    expect(first.environment['TWINREEL_DATABASE_URL']).toMatch(/^postgres:\/\/twinreel:[\w-]{24}@127\.0\.0\.1:\d+\/twinreel$/)
    expect(states(await status(0))).toEqual(['s3 ready', 'postgres ready'])

    const again = await up('s3', 'postgres')
    expect(again).toEqual({ ...first, servers: first.servers.map((server) => ({ ...server, ranBefore: true })) })

    process.kill(first.servers[0]?.pid ?? 0, 'SIGKILL')
    await expect.poll(async () => states(await status(1)), { timeout: 10_000 }).toEqual(['s3 down', 'postgres ready'])
    const mended = await up('s3', 'postgres')
    expect(mended.servers.map(({ address, ranBefore }) => [address, ranBefore])).toEqual([
      [first.servers[0]?.address, false],
      [first.servers[1]?.address, true],
    ])

    const lines = await twinreel('dev', 'up', 's3', 'postgres', '--env', '--test-env', '--data', data)
    expect(lines.stdout).toContain("export TWINREEL_S3_BUCKET='twinreel'\n")
    expect(lines.stdout).toContain(`export TWINREEL_TEST_S3='http://${first.servers[0]?.address}'\n`)
    expect(
      lines.stdout
        .trimEnd()
        .split('\n')
        .filter((line) => !/^export [A-Z0-9_]+='[^']*'$/.test(line)),
    ).toEqual([])

    expect((await down()).stopped).toEqual(['s3', 'postgres'])
    expect(states(await status(1))).toEqual(['s3 down', 'postgres down'])
    expect((await down('--purge')).stopped).toEqual([])
    expect(existsSync(join(data, 'dev'))).toBe(false)
  }, 240_000)

  test('a port that somebody else has is named, and nothing of ours is left running', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => void server.listen({ port: 27_070, host: '127.0.0.1' }, resolve).once('error', () => resolve()))
    const { exitCode, stderr } = await twinreel('dev', 'up', 's3', '--data', data)
    server.close()
    expect(exitCode).toBe(3)
    expect(stderr).toContain('port 27070 of 127.0.0.1 is taken')
    expect(states(await status(1))).toEqual(['s3 down'])
  })

  test('a server that there is not is refused', async () => {
    const { exitCode, stderr } = await twinreel('dev', 'up', 'mysql', '--data', data)
    expect(exitCode).toBe(2)
    expect(stderr).toContain('there is no server mysql')
  })
})
