import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchEmbedded } from './embedded/run.ts'
import { isReached, toJson, toText } from './report.ts'

/**
 * `pnpm bench [--engine embedded|kafka] [--quick] [--strict] [--json] [--profile]`: what recording costs, against loops that move the same bytes in the same run.
 * Prints figures and ratios, and which goals are reached; only with `--strict` does a goal that is not reached make it fail, because a busy machine is no fault
 * of the code. `--profile` says instead where the recorder's time goes.
 */
const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', default: 'embedded' },
    quick: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
})

const root = mkdtempSync(join(tmpdir(), 'twinreel-bench-'))
try {
  const report = await benchEmbedded({ root, isQuick: options.quick })
  console.log(options.json ? toJson(report) : toText(report))
  process.exitCode = report.goals.every(isReached) || !options.strict ? 0 : 1
} finally {
  rmSync(root, { recursive: true, force: true })
}
