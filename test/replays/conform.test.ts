import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { conformityOfFile } from '@twinreel/conform/judge-file'
import { expect, test } from 'vitest'

const HERE = import.meta.dirname
const NAMES = readdirSync(HERE).filter((name) => name.endsWith('.ndjson'))

/** Histories whose platform misbehaved, and what it did. All others conform, without a warning. */
const MISBEHAVED: Readonly<Record<string, readonly string[]>> = {
  'announcement-unanswered.ndjson': ['error prompt-unanswered 1'],
  'cut-cable.ndjson': ['error missing-end 1'],
  'twice-and-late.ndjson': ['error after-end 1', 'warning media-out-of-order 10'],
}

/** As `twinreel conform --file` reads it. */
async function codesOf(name: string): Promise<string[]> {
  const report = await conformityOfFile(join(HERE, name))
  expect(report).toMatchObject({ calls: 1 })
  return report.findings.map(({ code, severity, count }) => `${severity} ${code} ${count}`)
}

test.each(NAMES)('%s conforms, or is blamed for what is wrong with it alone', async (name) => {
  expect(await codesOf(name)).toEqual(MISBEHAVED[name] ?? [])
})
