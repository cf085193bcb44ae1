import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readState } from '@twinreel/twinreel/dev/dev-state'
import { isRunning } from '@twinreel/twinreel/dev/process-identity'
import { expect, test, vi } from 'vitest'
import { missingPrograms } from '../private-servers.ts'

const KEEPER = new URL('keeper.ts', import.meta.url)
const missing = await missingPrograms(['s3'])
const unless = missing.length > 0 ? ' (skipped: it was never fetched)' : ''

test.skipIf(unless !== '')(`servers do not outlive a test run that is killed${unless}`, async () => {
  const keeper = fork(KEEPER)
  const [directory] = (await once(keeper, 'message')) as [string]
  const server = readState(directory).servers.s3?.process
  if (server === null || server === undefined) throw new Error('the server has no process')
  expect(isRunning(server)).toBe(true)

  keeper.kill('SIGKILL')

  await vi.waitFor(() => expect({ isRunning: isRunning(server), isThere: existsSync(directory) }).toEqual({ isRunning: false, isThere: false }), 30_000)
})
