import { join } from 'node:path'
import { expect, it } from 'vitest'
import { twinreelWith } from './testing/run-command.ts'

const PRELOADED = join(import.meta.dirname, 'testing/tell-packages.ts')

it('answers what needs no engine without loading any', async () => {
  const { stdout, stderr } = await twinreelWith({ NODE_OPTIONS: `--import ${PRELOADED}` }, 'retention', 'due', '--help')
  expect(stdout).toContain('twinreel retention due')
  expect(JSON.parse(stderr)).toEqual(['commander'])
})
