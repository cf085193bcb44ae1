import { chmodSync, closeSync, cpSync, ftruncateSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { documentOf, startServe, twinreel, type Ran } from '@twinreel/twinreel/testing/run-command'
import { recordCalls } from '@twinreel/twinreel/testing/recorded-calls'
import { scratchDirectory } from '@twinreel/twinreel/testing/scratch-directory'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { NO_MOUNTS, NO_NOBODY, readOnly, twinreelAsNobody } from '../support/machine.ts'
import { filesBelow, hashesBelow } from '../support/objects.ts'

const scratch = scratchDirectory()
const recorded = join(scratch, 'recorded')
const WRITING = [['serve'], ['simulate', '--seed', '9', '--calls', '1', '--users', '2'], ['orgs', 'enable', 'acme', '--name', 'Acme', '--partner', 'carrier']]
const LOOKING = [['recordings', 'list'], ['retention', 'run'], ['ledger']]

beforeAll(async () => {
  await recordCalls(recorded, { seed: 3, calls: 3 })
}, 60_000)

/** A copy of a data directory in which calls were recorded. */
function copy(name: string): string {
  const path = join(scratch, name)
  cpSync(recorded, path, { recursive: true })
  return path
}

/** One line that says what and where, one that says what to do, nothing on stdout. */
function expectComplaint({ exitCode, stdout, stderr }: Ran, args: readonly string[], expected: { exitCode: number; what: RegExp; next?: RegExp }): void {
  const [error, ...more] = stderr.split('\n').filter((line) => /^(?:error|  next): /.test(line))
  expect({ args, exitCode, stdout, error, more }).toEqual({
    args,
    exitCode: expected.exitCode,
    stdout: '',
    error: expect.stringMatching(expected.what),
    more: expected.next === undefined ? expect.anything() : [expect.stringMatching(expected.next)],
  })
}

describe('a data directory that can’t be written to', () => {
  test.skipIf(NO_MOUNTS !== null)(
    `because it is mounted read-only is named by every command, and stays as it is${NO_MOUNTS === null ? '' : ` (skipped: ${NO_MOUNTS})`}`,
    async () => {
      const before = filesBelow(recorded)
      const mounted = readOnly(recorded, join(scratch, 'read-only'))
      for (const args of [...WRITING, ...LOOKING]) {
        const next = /mount its file system for writing/
        expectComplaint(await twinreel(...args, '--data', mounted), args, { exitCode: 3, what: new RegExp(`${mounted}.*read-only`), next })
      }
      const below = join(mounted, 'below')
      for (const args of [...WRITING, ['demo']])
        expectComplaint(await twinreel(...args, '--data', below), args, { exitCode: 3, what: new RegExp(`${below}.*read-only`) })
      expect(filesBelow(recorded)).toEqual(before)
    },
  )

  test.skipIf(NO_NOBODY !== null)(
    `because it is somebody else’s is named by every command, and stays as it is${NO_NOBODY === null ? '' : ` (skipped: ${NO_NOBODY})`}`,
    async () => {
      chmodSync(scratch, 0o755)
      const closed = copy('closed')
      const before = filesBelow(closed)
      chmodSync(closed, 0o555)
      onTestFinished(() => chmodSync(closed, 0o755))
      for (const args of [...WRITING, ['demo']]) {
        const below = args[0] === 'demo' ? join(closed, 'below') : closed
        expectComplaint(await twinreelAsNobody(...args, '--data', below), args, {
          exitCode: 3,
          what: new RegExp(`${below}.*permission denied`),
          next: /run as the user that owns it/,
        })
      }
      expect(filesBelow(closed)).toEqual(before)
    },
  )

  test.skipIf(NO_NOBODY !== null || process.getuid?.() !== 0).each(['lock.db', 'log.db', 'catalog.db'])(
    'because %s is somebody else’s: the file is named',
    async (file) => {
      chmodSync(scratch, 0o755)
      const dataDir = copy(`owner-of-${file}`)
      // The directory is open to everybody; the one file is not.
      for (const name of ['', 'objects', 'catalog.db', 'log.db', 'lock.db']) chmodSync(join(dataDir, name), 0o777)
      chmodSync(join(dataDir, file), 0o600)
      const before = readFileSync(join(dataDir, file))
      expectComplaint(await twinreelAsNobody('serve', '--data', dataDir), [file], { exitCode: 3, what: new RegExp(join(dataDir, file)) })
      expect(readFileSync(join(dataDir, file))).toEqual(before)
    },
  )

  test('because it is a file, or lies below one or where nothing can be made, is named at once', async () => {
    const file = join(scratch, 'file')
    writeFileSync(file, 'minutes')
    for (const args of [...WRITING, ['demo']]) {
      for (const path of [file, join(file, 'below')])
        expectComplaint(await twinreel(...args, '--data', path), args, { exitCode: 2, what: /is no data directory: it is a file, or lies below one/ })
    }
    expect(readFileSync(file, 'utf8')).toBe('minutes')
  })

  test.skipIf(process.platform !== 'linux')('because it lies below /proc is named, and not tried for ever', async () => {
    for (const args of [...WRITING, ['demo']]) {
      for (const path of ['/proc/twinreel', '/proc/twinreel/below'])
        expectComplaint(await twinreel(...args, '--data', path), args, { exitCode: 3, what: /data directory \/proc\/twinreel/, next: /--data/ })
    }
    expectComplaint(await twinreel('simulate', '--seed', '1', '--data', join(scratch, 'of-proc'), '--truth', '/proc/twinreel/truth'), [], {
      exitCode: 2,
      what: /--truth \/proc\/twinreel\/truth/,
    })
  })
})

describe('a lock', () => {
  test('held by a living serve refuses the second one, which names it, and disturbs nothing', async () => {
    const dataDir = copy('held')
    const first = await startServe(dataDir)
    for (let round = 0; round < 2; round++) {
      const second = await twinreel('serve', '--data', dataDir)
      expectComplaint(second, ['serve'], { exitCode: 2, what: new RegExp(`a serve already runs on ${dataDir} as pid ${first.pid}`), next: /twinreel stop/ })
    }
    const report = await documentOf(0, 'simulate', '--seed', '10', '--calls', '2', '--users', '4', '--call-seconds', '5', '--data', dataDir)
    expect(report).toMatchObject({ calls: 2 })
    first.kill('SIGTERM')
    expect((await first.ended).exitCode).toBe(0)
  })

  test('and files left by a killed serve keep nobody from starting, and what they hold is there', async () => {
    const dataDir = copy('left')
    const killed = await startServe(dataDir)
    await documentOf(0, 'simulate', '--seed', '11', '--calls', '2', '--users', '4', '--call-seconds', '5', '--data', dataDir)
    const before = await documentOf(0, 'recordings', 'list', '--data', dataDir)
    killed.kill('SIGKILL')
    await killed.ended
    for (const side of ['-wal', '-shm']) for (const name of ['catalog.db', 'log.db']) expect(statSync(join(dataDir, name + side)).size).toBeGreaterThan(0)
    const next = await startServe(dataDir)
    expect(await documentOf(0, 'recordings', 'list', '--data', dataDir)).toEqual(before)
    next.kill('SIGTERM')
    expect((await next.ended).exitCode).toBe(0)
  })

  test('is not believed for its pid: one that another process has by now is not signalled', async () => {
    const dataDir = copy('reused')
    writeFileSync(join(dataDir, 'serve.pid'), `${process.pid}\n`)
    expect((await twinreel('stop', '--data', dataDir)).exitCode).toBe(1)
  })
})

describe.each(['catalog.db', 'log.db'])('a damaged %s', (file) => {
  const DAMAGE: Readonly<Record<string, (path: string, sizeBytes: number) => void>> = {
    'cut to half': (path, sizeBytes) => {
      const open = openSync(path, 'r+')
      ftruncateSync(open, sizeBytes / 2)
      closeSync(open)
    },
    'overwritten with noise': (path, sizeBytes) => writeFileSync(path, noise(sizeBytes)),
    'overwritten with noise behind its header': (path, sizeBytes) =>
      writeFileSync(path, Buffer.concat([readFileSync(path).subarray(0, 100), noise(sizeBytes - 100)])),
  }

  test.each(Object.keys(DAMAGE))('%s is refused by name, and not a byte of it is changed', async (how) => {
    const dataDir = copy(`${file} ${how}`)
    for (const name of ['catalog.db', 'log.db']) for (const side of ['-wal', '-shm']) rmSync(join(dataDir, name + side), { force: true })
    const path = join(dataDir, file)
    DAMAGE[how]?.(path, statSync(path).size)
    const [damaged, objects] = [readFileSync(path), hashesBelow(join(dataDir, 'objects'))]
    const readers = file === 'catalog.db' ? LOOKING : []
    for (const args of [...WRITING.slice(0, 2), ...readers]) {
      const what = new RegExp(`^error: (?:catalog|event log) ${path}: the file is (?:damaged|not an? SQLite database)`)
      expectComplaint(await twinreel(...args, '--data', dataDir), args, { exitCode: 3, what })
    }
    expect(readFileSync(path).equals(damaged)).toBe(true)
    expect(hashesBelow(join(dataDir, 'objects'))).toEqual(objects)
  })

  test('that is a directory is refused by name', async () => {
    const dataDir = copy(`${file} directory`)
    rmSync(join(dataDir, file))
    mkdirSync(join(dataDir, file))
    expectComplaint(await twinreel('serve', '--data', dataDir), [], { exitCode: 3, what: new RegExp(join(dataDir, file)) })
  })
})

/** Bytes without any order, the same each time. */
function noise(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes)
  for (let [i, state] = [0, 1]; i < sizeBytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}
