import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { withRecordings } from '../testing/known-recordings.ts'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const dataDir = join(scratchDirectory(), 'data')
const data = ['--data', dataDir]

beforeAll(() => withRecordings(dataDir, { ann: ['ann-1'] }))

it.each([[['ledger']], [['recordings', 'list']]])('%j says that it knows no such call and where it looked, which is no empty answer', async (command) => {
  for (const format of [[], ['--json']])
    expect(await twinreel(...command, '--call', 'call-of-nobody', ...data, ...format)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining(
        `no call call-of-nobody is known in ${dataDir}: none of its calls, ledger entries and recordings bears that id`,
      ) as string,
    })
  const [{ callId = '' } = {}] = (await documentOf(0, 'recordings', 'list', ...data)) as { callId?: string }[]
  expect(await documentOf(0, ...command, '--call', callId, ...data)).toEqual(command[0] === 'ledger' ? [] : [expect.objectContaining({ callId })])
})
