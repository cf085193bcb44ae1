import { systemClock } from '@twinreel/service/clock'
import { describe, expect, test } from 'vitest'
import { MISSING_SERVERS } from '../support/recorders/own-servers.ts'
import { figuresTable, percentile, resumesOf } from './figures.ts'
import { soak } from './run.ts'
import { sizeOf } from './size.ts'

const size = sizeOf(process.env)
const SEED = Number(process.env['SOAK_SEED'] ?? '1')
const kills = 20 * size.rounds
const freezes = 5 * size.rounds
const skipped = MISSING_SERVERS.length === 0 ? '' : ` (skipped: no ${MISSING_SERVERS.join(', ')})`

describe.skipIf(skipped !== '')(`three recorders of a hundred live calls${skipped}`, () => {
  test(
    `${kills} are killed and ${freezes} frozen past their session: no sample is lost, there twice or somebody else’s, and nobody writes what is not his any more`,
    { timeout: (120 + size.rounds * 600) * 1_000 },
    async ({ annotate }) => {
      const isTold = size.name === 'full' || process.env['SOAK_TELL'] !== undefined
      const tell = (line: string): void => void (isTold && process.stderr.write(`${new Date(systemClock.now()).toISOString()} ${line}\n`))
      const figures = await soak(size, { seed: SEED, tell })
      tell(`\n${figuresTable(figures)}\n${figures.faults.join('\n')}`)
      await annotate(figuresTable(figures))
      const { faults, lost, duplicated, swapped, staleWrites } = figures
      expect(faults).toEqual([])
      expect({ lost, duplicated, swapped, staleWrites }).toEqual({ lost: 0, duplicated: 0, swapped: 0, staleWrites: 0 })
      if (size.mostMinutes === Number.POSITIVE_INFINITY) {
        expect(resumesOf(figures.struck, 'SIGKILL').length).toBeGreaterThanOrEqual(kills)
        expect(resumesOf(figures.struck, 'SIGSTOP').length).toBeGreaterThanOrEqual(freezes)
      }
      expect(figures.fewestCalls).toBeGreaterThanOrEqual(100)
      // How long that takes beside other tests says nothing.
      if (size.name === 'full') expect(percentile(resumesOf(figures.struck, 'SIGKILL'), 99)).toBeLessThan(15_000)
    },
  )
})
