import { readdirSync } from 'node:fs'
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
