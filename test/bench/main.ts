import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchEmbedded } from './embedded/run.ts'
import { pageText } from './profile/page.ts'
import { isReached, toJson, toText, type Report } from './report.ts'

/**
 * `pnpm bench [--engine embedded|kafka] [--quick] [--strict] [--json] [--profile] [--retention]`: what recording costs, against loops that move the same bytes in
 * the same run; with `--retention`, what purging costs against a loop that deletes the same objects.
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
    retention: { type: 'boolean', default: false },
  },
})

const root = mkdtempSync(join(tmpdir(), 'twinreel-bench-'))
const progress = (text: string) => console.error(text)
try {
  switch (options.engine) {
    case 'embedded':
      if (options.profile) throw new Error('--profile needs --engine kafka')
      show(options.retention ? await retentionEmbedded() : await benchEmbedded({ root, isQuick: options.quick }))
      break
    case 'kafka':
      await onServers()
      break
    default:
      throw new Error(`--engine ${options.engine}: it is embedded or kafka`)
  }
} catch (error) {
  progress(error instanceof Error ? error.message : String(error))
  process.exitCode = 2
} finally {
  rmSync(root, { recursive: true, force: true })
}

async function retentionEmbedded(): Promise<Report> {
  const { benchRetention, embeddedGrounds } = await import('./retention/run.ts')
  const grounds = embeddedGrounds(root, (directory) => rmSync(directory, { recursive: true, force: true }))
  return await benchRetention({ grounds, isQuick: options.quick, progress })
}

async function onServers(): Promise<void> {
  // What the embedded engines don't need is not loaded for them.
  const { findServers } = await import('./servers/find.ts')
  const servers = await findServers()
  const run = { addresses: servers.addresses, root, isQuick: options.quick, progress }
  try {
    if (options.profile) {
      const { profileServers } = await import('./servers/profile.ts')
      const pages = await profileServers(run)
      console.log(options.json ? JSON.stringify(pages, null, 2) : pages.map(pageText).join('\n\n'))
    } else if (options.retention) {
      const { benchRetention } = await import('./retention/run.ts')
      const { serverGrounds } = await import('./retention/server-grounds.ts')
      show(await benchRetention({ grounds: serverGrounds(servers.addresses, root), isQuick: options.quick, progress }))
    } else {
      const { benchServers } = await import('./servers/run.ts')
      show(await benchServers(run))
    }
  } finally {
    await servers.close()
  }
}

function show(report: Report): void {
  console.log(options.json ? toJson(report) : toText(report))
  if (options.strict && !report.goals.every(isReached)) process.exitCode = 1
}
