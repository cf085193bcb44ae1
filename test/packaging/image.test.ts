import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { httpPortOf } from '@twinreel/twinreel/environment/read-environment'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { root } from './compose.ts'

const run = promisify(execFile)
const dockerfile = readFileSync(join(root, 'infra/image/Dockerfile'), 'utf8')
const ignored = readFileSync(join(root, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

/** Paths of the build's context that COPY names, by stage. */
function copied(stage: number): string[] {
  const text = dockerfile.split(/^FROM /m)[stage + 1] ?? ''
  return [...text.matchAll(/^COPY (?!--from)(?:--\S+ )*(.+)$/gm)].flatMap(([, paths = '']) => paths.split(' ').slice(0, -1))
}

/** As .dockerignore has it: nothing but what it brings back, and of that not what it names afterwards. */
function isSent(path: string): boolean {
  const back = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  const out = ignored
    .filter((line) => !line.startsWith('!') && line !== '*')
    .map(
      (line) =>
        new RegExp(
          `^${line
            .replaceAll('.', '\\.')
            .replaceAll('**/', '(?:.*/)?')
            .replaceAll(/(?<!\.)\*/g, '[^/]*')}(?:/|$)`,
        ),
    )
  return back.some((one) => path === one || path.startsWith(`${one}/`)) && !out.some((one) => one.test(path))
}

/** The image's /app, made by the steps of the Dockerfile, with the packages that this machine has. */
async function buildApp(): Promise<string> {
  const app = temporaryDirectory()
  for (const path of copied(0)) {
    mkdirSync(dirname(join(app, path)), { recursive: true })
    cpSync(join(root, path), join(app, path.replace(/\/$/, '')), { recursive: true, filter: (from) => isSent(from.slice(root.length + 1)) })
  }
  const [, filter = ''] = /^RUN pnpm install --prefer-offline --frozen-lockfile --prod --filter '(.+)'$/m.exec(dockerfile) ?? []
  await run('npx', ['-y', 'pnpm@12', 'install', '--prefer-offline', '--frozen-lockfile', '--prod', '--filter', filter], {
    cwd: app,
    env: { ...process.env, CI: 'true' },
  })
  return app
}

test('everything that the Dockerfile copies is there, and is sent to the build', () => {
  const paths = [...copied(0), ...copied(1)]
  expect(paths).toEqual(['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'packages', 'services', 'infra/image/twinreel'])
  expect(paths.filter((path) => !existsSync(join(root, path)) || !isSent(path))).toEqual([])
  expect(['test/package.json', 'docs/publishing.md', '.git/config', 'packages/media/node_modules/x', 'packages/media/src/wav.test.ts'].filter(isSent)).toEqual(
    [],
  )
})

test('the image’s files record a call, without a package that only development needs', async () => {
  const app = await buildApp()
  const packages = readdirSync(join(app, 'node_modules/.pnpm'))
  const named = (name: string): string[] => packages.filter((entry) => entry.startsWith(`${name}@`))
  expect([named('kafkajs').length, named('pg').length, named('@aws-sdk+client-s3').length]).toEqual([1, 1, 1])
  expect(['vitest', 'typescript', 'oxlint', 'fast-check', 'testcontainers', 'node'].flatMap(named)).toEqual([])
  expect(existsSync(join(app, 'packages/media/src/wav.test.ts'))).toBe(false)

  const [, start = ''] = /exec node \/app\/(\S+)/.exec(readFileSync(join(root, 'infra/image/twinreel'), 'utf8')) ?? []
  const data = join(temporaryDirectory(), 'data')
  const twinreel = async (...args: string[]): Promise<string> => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:TWINREEL_|NODE_OPTIONS$)/.test(name)))
    return (await run(process.execPath, [join(app, start), ...args, '--data', data], { cwd: app, env })).stdout
  }
  expect(await twinreel('--help')).toContain('Usage: twinreel')
  const simulate = async (): Promise<string> => {
    try {
      return await twinreel('simulate', '--seed', '3', '--calls', '2', '--users', '4', '--call-seconds', '5', '--json')
    } finally {
      await twinreel('stop')
    }
  }
  const [served, simulated] = await Promise.all([twinreel('serve'), simulate()])
  expect(served).toMatch(/^ready pid=\d+\n$/)
  expect(JSON.parse(simulated)).toMatchObject({ calls: 2 })
}, 180_000)

test('the image runs as nobody in particular, with versions that package.json allows', () => {
  expect(dockerfile).toMatch(/^USER 10001:10001\nEXPOSE 9464\nENTRYPOINT \["twinreel"\]/m)
  expect(dockerfile).toMatch(/^HEALTHCHECK [^\n]+\\\n {2}CMD wget [^\n]+\/readyz"$/m)
  expect(dockerfile).toContain(`\${TWINREEL_HTTP_PORT:-${httpPortOf({ http: { host: '', port: null } }, 'separate')}}/readyz`)
  const [, node = ''] = /^FROM node:(\d+\.\d+\.\d+)-alpine/m.exec(dockerfile) ?? []
  expect(`v${node}`).toBe(execFileSync(process.execPath, ['--version'], { encoding: 'utf8' }).trim())
})
