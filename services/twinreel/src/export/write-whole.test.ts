import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { scratchDirectory } from '../testing/scratch-directory.ts'
import { writeWhole } from './write-whole.ts'

it('refuses a directory as the file to write, and leaves nothing in it', async () => {
  const directory = scratchDirectory()
  await expect(writeWhole(directory, (sink) => sink(new Uint8Array(1)))).rejects.toMatchObject({
    exitCode: 2,
    message: `${directory} is a directory`,
    next: 'name a file in it',
  })
  expect(readdirSync(directory)).toEqual([])
})

it('says in words why a file can’t be written', async () => {
  const directory = scratchDirectory()
  writeFileSync(join(directory, 'file'), '')
  for (const [path, problem] of [
    ['none/page.html', `there is no directory ${directory}/none`],
    ['file/page.html', `${directory}/file is no directory`],
  ] as const)
    await expect(writeWhole(join(directory, path), (sink) => sink(new Uint8Array(1)))).rejects.toMatchObject({
      exitCode: 2,
      message: `${join(directory, path)} can’t be written: ${problem}`,
      next: 'name a file in a directory you may write to',
    })
})
