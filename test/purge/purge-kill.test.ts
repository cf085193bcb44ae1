import { SERVER } from '@twinreel/object-store/s3/testing'
import { describe, expect, test } from 'vitest'
import { purgeWithKills } from './kills.ts'
import { PURGE_PLANTS } from './plants.ts'
import type { PurgeStep } from './steps.ts'

/** Ten thousand recordings and twenty seeds with `PURGE=full`; `PURGE_SEEDS` of them. */
const isFull = process.env['PURGE'] === 'full'
const SEEDS = Array.from({ length: Number(process.env['PURGE_SEEDS'] ?? (isFull ? 20 : 2)) }, (_, n) => n + 1)
const SIZE = isFull ? { owners: 1_000, batchesFirst: 3 } : { owners: 50, batchesFirst: 0 }
const FEW = { owners: 10, batchesFirst: 0 }
/** On a machine with nothing else to do a full one takes about a minute, and with versions somewhat more. */
const MOST_MS = isFull ? 600_000 : 120_000
/** `--disable-console-intercept` shows them as they come. */
const tell = isFull || process.env['PURGE_TELL'] === '1' ? (line: string): void => void process.stdout.write(`${line}\n`) : (): void => undefined

test.runIf(isFull)('the full size has a server to run on', () => {
  expect(SERVER.isMissing).toBe(false)
})

describe.skipIf(SERVER.isMissing)('a purge that is killed, at the server of TWINREEL_TEST_S3', { timeout: MOST_MS }, () => {
  test.each(SEEDS)('in one step after another leaves what the next worker finishes, and nothing false (seed %i)', async (seed) => {
    // Every fourth bucket keeps versions, the second one first. There each recording is deleted by requests of its own.
    const versioned = seed % 4 === 2
    expect(await purgeWithKills({ seed, versioned, ...SIZE, ...(versioned && !isFull ? FEW : {}), tell })).toEqual([])
  })

  test.each<[plant: string, steps: PurgeStep[], told: RegExp]>([
    ['certified-before-gone', ['tombstone-journaled'], /after its recording was certified as gone$/],
    ['purge-without-verify', [], /is certified as gone, and .* is there$/],
    ['claims-not-resumed', ['claimed'], /certified when all is over$/],
    ['neighbours-too', [], /was to be deleted, which is nothing of what is due$/],
    ['deleted-before-journaled', ['claimed'], /^killed when it was claimed, and no claimed recording has all of its objects$/],
  ])('and would be found out if %s', async (plant, steps, told) => {
    expect(PURGE_PLANTS.map(({ name }) => name)).toContain(plant)
    const wrong = await purgeWithKills({ seed: 1, versioned: false, ...FEW, plant, steps, tell })
    expect(wrong.filter((line) => told.test(line))).not.toEqual([])
  })
})
