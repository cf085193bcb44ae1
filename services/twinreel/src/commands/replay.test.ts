import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { documentOf, startServe, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const KEPT = join(ROOT, 'test/replays')
const scratch = scratchDirectory()

interface Replayed {
  replayed: number
  different: number
  updated: number
  calls: { file: string; same: boolean; first: string | null; partings: { number: number; atMs: number; type: string; what: string }[] }[]
}

describe('a call is captured and replayed', () => {
  test('from a directory that is in use, with everything, without audio, and without names', async () => {
    const dataDir = join(scratch, 'data')
    const serve = await startServe(dataDir)
    await documentOf(0, 'simulate', '--seed', '3', '--calls', '3', '--users', '5', '--call-seconds', '6', '--data', dataDir)
    const call = ['log', 'capture', '--call', 'sim-3-call-00001', '--data', dataDir]
    const whole = join(scratch, 'whole.ndjson.gz')
    expect(await documentOf(0, ...call, '--out', whole)).toMatchObject({
      callId: 'sim-3-call-00001',
      audio: 'recorded',
      isOver: true,
      agreed: { with: 'then' },
      notes: [],
    })
    const events = join(scratch, 'events.ndjson')
    expect(await documentOf(0, ...call, '--out', events, '--events-only', '--anonymize')).toMatchObject({ audio: 'synthetic', anonymized: true })
    expect(readFileSync(events, 'utf8')).not.toContain('sim-3')
    const unknown = await twinreel('log', 'capture', '--call', 'nobody', '--data', dataDir)
    expect([unknown.exitCode, unknown.stderr]).toEqual([
      2,
      'error: the log has no call nobody\n  next: `twinreel ledger` and `twinreel recordings list` name calls\n',
    ])
    serve.kill('SIGTERM')
    await serve.ended
    // Nothing is needed for it but the files.
    const replayed = await twinreel('replay', whole, events)
    expect([replayed.exitCode, replayed.stdout]).toEqual([0, '2 calls replayed, all decided the same\n'])
  }, 120_000)
})

const packed = join(scratch, 'packed.ndjson')
writeFileSync(packed, Uint8Array.from([0x50, 0x4b, 0x03, 0x04, 1, 2, 3]))

describe('what can’t be replayed is told', () => {
  test.each([
    [['nowhere.ndjson'], /^error: nowhere\.ndjson: there is no such file; expected is a captured call, or a directory of them\n/],
    [[join(ROOT, 'docs')], /docs: the directory has no capture/],
    [[join(ROOT, 'package.json')], /package\.json, line 1: it is no JSON/],
    [[join(KEPT, 'fax.ndjson', 'below')], /fax\.ndjson\/below: there is no such file: a part of its path is a file itself; expected is/],
    [[packed], /packed\.ndjson: it is a zip archive, .*unpack it, .*; expected is a captured call, as `twinreel log capture` writes it\n$/],
    [[join(KEPT, 'fax.ndjson'), '--against', 'no-such-branch'], /^error: no-such-branch is no commit of /],
    [[join(KEPT, 'fax.ndjson'), '--against', 'HEAD', '--update'], /^error: --against and --update are two things/],
  ])('%j', async (args, problem) => {
    const ran = await twinreel('replay', ...args)
    expect([ran.exitCode, ran.stdout]).toEqual([2, ''])
    expect(ran.stderr).toMatch(problem)
  })
})

describe('two versions are compared', () => {
  /** A clone of this work tree, as it is, whose last commit forbids pausing. */
  function cloneWithChange(): string {
    const clone = mkdtempSync(join(tmpdir(), 'twinreel-clone-'))
    const git = (cwd: string, ...args: string[]): string => execFileSync('git', ['-C', cwd, ...args], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    const files = git(ROOT, 'ls-files', '--cached', '--others', '--exclude-standard', '-z').split('\0')
    for (const file of new Set(files)) if (file !== '') cpSync(join(ROOT, file), join(clone, file), { recursive: true })
    const commit = (message: string) => git(clone, '-c', 'user.name=test', '-c', 'user.email=test@example.org', 'commit', '--quiet', '--message', message)
    git(clone, 'init', '--quiet')
    git(clone, 'add', 'README.md')
    commit('before there was replay')
    git(clone, 'add', '--all')
    commit('as it is')
    const controls = join(clone, 'packages/recording/src/session/controls.ts')
    const text = readFileSync(controls, 'utf8')
    const changed = text.replace(
      '      pauseRecording(step, current, atMs)\n      break',
      "      if (current.toneDueMs !== -1) return 'not-allowed-in-mode'\n      pauseRecording(step, current, atMs)\n      break",
    )
    expect(changed).not.toBe(text)
    writeFileSync(controls, changed)
    execFileSync('npx', ['-y', 'pnpm@12', 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=silent'], { cwd: clone })
    return clone
  }

  test('and each call that they decide differently is told with its moment', async () => {
    const clone = cloneWithChange()
    try {
      const run = (...args: string[]) => {
        try {
          return {
            exitCode: 0,
            stdout: execFileSync(process.execPath, [join(clone, 'services/twinreel/src/main.ts'), 'replay', ...args], { encoding: 'utf8', stdio: 'pipe' }),
            stderr: '',
          }
        } catch (error) {
          const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string }
          return { exitCode: status, stdout, stderr }
        }
      }
      const files = ['fax', 'card-number', 'no-pause-here'].map((name) => join(KEPT, `${name}.ndjson`))
      const told = run('--against', 'HEAD', ...files)
      expect(told.exitCode, told.stderr).toBe(1)
      expect(told.stdout).toMatch(
        /^call 2, 00:12\.345: pause accepted before, rejected now \(not-allowed-in-mode\); then also .*card-number\.ndjson\)\n3 calls replayed, 1 decided otherwise\n$/,
      )
      expect(run('--against', 'HEAD~1', ...files)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/^error: HEAD~1 \([0-9a-f]{12}\) has no command replay yet\n/) as string,
      })

      // The change is meant: the history is written again, and tells where it parted from what was.
      const kept = join(scratch, 'card-number.ndjson')
      cpSync(join(KEPT, 'card-number.ndjson'), kept)
      const { calls } = JSON.parse(run('--json', kept).stdout) as Replayed
      expect(calls[0]?.partings[0]).toMatchObject({
        number: 16,
        atMs: 12_345,
        type: 'control.pause',
        what: 'pause accepted then, rejected now (not-allowed-in-mode)',
      })
      expect(run('--update', kept)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 decided otherwise; written again') as string })
      expect(run(kept)).toMatchObject({ exitCode: 0 })
      expect(readFileSync(kept, 'utf8')).toContain('pause accepted then, rejected now (not-allowed-in-mode)')
      // Nothing of the other version is left behind.
      expect(execFileSync('git', ['-C', clone, 'worktree', 'list'], { encoding: 'utf8' }).trim().split('\n')).toHaveLength(1)
    } finally {
      rmSync(clone, { recursive: true, force: true })
    }
  }, 300_000)
})
