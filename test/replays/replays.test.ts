import { execFile } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Capture } from '@twinreel/replay/capture/capture'
import { readCapture } from '@twinreel/replay/capture/read'
import { replay, toldComparison } from '@twinreel/replay/compare/replay'
import { MODES } from '@twinreel/recording/settings'
import { beforeAll, expect, test } from 'vitest'
import { RULE_CHANGES } from './rule-changes.ts'
import { SCENES } from './scenes.ts'

const HERE = import.meta.dirname
const NAMES = readdirSync(HERE).filter((name) => name.endsWith('.ndjson'))
const histories = new Map<string, Capture>()

beforeAll(async () => {
  for (const name of NAMES) histories.set(name, await readCapture(join(HERE, name)))
})

test.each(NAMES)('%s is decided today as it was then, bit for bit', async (name) => {
  const capture = histories.get(name)
  if (capture === undefined) throw new Error(`${name} was not read`)
  expect(toldComparison(await replay(capture)), 'if the change is meant: npx -y pnpm@12 -s twinreel replay --update test/replays').toBeNull()
})

test('every scene has its history, and each is small', () => {
  expect(NAMES.toSorted()).toEqual(SCENES.map(({ plan }) => `${plan.callId}.ndjson`).toSorted())
  expect(NAMES.reduce((sum, name) => sum + statSync(join(HERE, name)).size, 0)).toBeLessThan(2 * 1024 * 1024)
})

test('they have every mode, and everything that a call can lead to', () => {
  const captures = [...histories.values()]
  const modes = captures.flatMap(({ policies }) => policies.flatMap(({ policy }) => policy?.settings.mode ?? []))
  expect(new Set(modes)).toEqual(new Set(MODES))
  const decisions = captures.flatMap(({ decided }) => decided.events.flatMap((event) => event.decisions))
  const kinds = decisions.map(({ kind, type }) => (kind === 'command' ? String(type) : kind))
  expect(new Set(kinds)).toEqual(
    new Set(
      (
        'call.opened call.answered call.closed counted ledger segment.sealed recording.started recording.paused recording.resumed recording.kept ' +
        'recording.ended prompt.play indicator.update gate.close gate.open control.rejected call.release'
      ).split(' '),
    ),
  )
  const outcomes = captures.flatMap(({ decided }) => decided.ledger.map(({ outcome, reason }) => reason ?? outcome))
  expect(new Set(outcomes)).toEqual(
    new Set('recorded mode-never never-started not-kept emergency fax voicemail-off announcement-failed announcement-unanswered'.split(' ')),
  )
  // Two hold what was recorded then, and not only what is decided of them.
  expect(captures.filter(({ recorded }) => recorded !== null).length).toBe(2)
})

test.each(RULE_CHANGES)('a program in which $breaks is told from this one, and where: $shows.history', async ({ name, shows: { history, line } }) => {
  const child = join(HERE, 'child.ts')
  const path = join(HERE, `${history}.ndjson`)
  const ran = await promisify(execFile)(process.execPath, [child, name, path]).catch(
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  )
  expect('code' in ran ? ran.code : 0, ran.stderr).toBe(1)
  const [told = '', summary] = ran.stdout.split('\n')
  expect(told.replace(HERE, '')).toMatch(line)
  expect(summary).toBe('1 call replayed, 1 decided otherwise')
})
