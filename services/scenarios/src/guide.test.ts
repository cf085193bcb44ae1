import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readScenario } from './language/read-scenario.ts'
import { failureText } from './report/failure-text.ts'
import { runVirtual } from './run/run-virtual.ts'
import { scenarioSchemaText } from './schema-document.ts'
import { updatedText } from './update.ts'

const GUIDE = readFileSync(join(import.meta.dirname, '../../../docs/scenarios.md'), 'utf8')

it('the first scenario of the guide does what the guide says: it passes, is written down, and passes again', async () => {
  const [, first = ''] = /^## A first scenario$.*?^```yaml\n(.*?)^```$/ms.exec(GUIDE) ?? []
  expect(first).toContain('alice pauses')
  const play = async (text: string): Promise<string> => {
    const scenario = readScenario('first.scenario.yaml', text)
    const [judged] = await runVirtual([scenario], { seed: null, outDir: null })
    expect(judged?.result.status, judged === undefined ? '' : failureText(judged.result)).toBe('passed')
    return updatedText(text, judged?.goldens ?? [], [...scenario.parties.keys()])
  }
  const written = await play(first)
  for (const line of ['00:00.000 to 00:05.250 captured', '00:05.250 to 00:12.000 paused', '00:12.000 to 00:20.000 captured']) expect(written).toContain(line)
  expect(await play(written)).toBe(written)
}, 60_000)

it('the guide tells of every key of a file and of a user', () => {
  const { properties } = JSON.parse(scenarioSchemaText()) as {
    properties: Record<string, { additionalProperties?: { anyOf?: { properties?: object }[] } }>
  }
  const ofUsers = properties['users']?.additionalProperties?.anyOf?.find((one) => one.properties !== undefined)?.properties ?? {}
  expect(Object.keys(ofUsers)).toContain('mode')
  const rows = GUIDE.split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ')[0])
  expect([...Object.keys(properties), ...Object.keys(ofUsers)].filter((key) => !rows.some((row) => row?.includes(`\`${key}\``)))).toEqual([])
})
