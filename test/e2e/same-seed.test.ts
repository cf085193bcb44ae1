import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keyFileOf } from '@twinreel/twinreel/keys/key-of-directory'
import { startServe, twinreel } from '@twinreel/twinreel/testing/run-command'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { hashesBelow } from '../support/objects.ts'
import { ONE_KEY_PEM } from '../support/signing.ts'

/** Records a seed's faulty calls on a fresh directory, as two processes; answers every object's hash by key. */
async function recorded(seed: number): Promise<Record<string, string>> {
  const dataDir = temporaryDirectory()
  writeFileSync(keyFileOf(dataDir), ONE_KEY_PEM, { mode: 0o600 })
  const serve = await startServe(dataDir)
  const faults = ['--loss', '0.02', '--duplicate', '0.02', '--reorder', '0.05', '--lost-end', '0.1']
  const simulation = await twinreel(
    'simulate',
    '--data',
    dataDir,
    '--seed',
    String(seed),
    '--calls',
    '25',
    '--users',
    '12',
    '--speed',
    'max',
    '--call-seconds',
    '70',
    ...faults,
  )
  expect(simulation.exitCode, simulation.stderr).toBe(0)
  serve.kill('SIGTERM')
  expect((await serve.ended).exitCode).toBe(0)
  return hashesBelow(join(dataDir, 'objects'))
}

test('the same seed gives the same bytes, also when the machine is busy with something else, and another seed gives others', async () => {
  const undisturbed = await recorded(21)
  const busy = [1, 2].map(() => spawn(process.execPath, ['-e', 'for (;;) {}']))
  const disturbed = await recorded(21).finally(() => busy.forEach((child) => child.kill('SIGKILL')))
  expect(Object.keys(undisturbed).length).toBeGreaterThan(25)
  expect(disturbed).toEqual(undisturbed)
  const other = await recorded(22)
  expect(Object.values(other).filter((hash) => Object.values(undisturbed).includes(hash))).toEqual([])
}, 120_000)
