import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchEmbedded } from './embedded/run.ts'
import { HELP, readOptions, type BenchOptions } from './options.ts'
import { pageText } from './profile/page.ts'
import { isReached, toJson, toText, type Report } from './report.ts'

process.exitCode = await main()

/** 0: measured; 1: a goal is not reached, with `--strict`; 2: wrong usage, or it could not be measured. */
async function main(): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), 'twinreel-bench-'))
  try {
    const options = readOptions(process.argv.slice(2))
    if (options === null) {
      console.log(HELP)
      return 0
    }
    return await (options.engine === 'kafka' ? onServers(options, root) : onEmbedded(options, root))
  } catch (error) {
    progress(error instanceof Error ? error.message : String(error))
    return 2
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

async function onEmbedded(options: BenchOptions, root: string): Promise<number> {
  const isQuick = options.quick
  if (!options.retention) return show(await benchEmbedded({ root, isQuick }), options)
  const { benchRetention, embeddedGrounds } = await import('./retention/run.ts')
  const grounds = embeddedGrounds(root, (directory) => rmSync(directory, { recursive: true, force: true }))
  return show(await benchRetention({ grounds, isQuick, progress }), options)
}

async function onServers(options: BenchOptions, root: string): Promise<number> {
  // What the embedded engines don't need is not loaded for them.
  const { findServers } = await import('./servers/find.ts')
  const servers = await findServers()
  const run = { addresses: servers.addresses, root, isQuick: options.quick, progress }
  try {
    if (options.profile) {
      const { profileServers } = await import('./servers/profile.ts')
      const pages = await profileServers(run)
      console.log(options.json ? JSON.stringify(pages, null, 2) : pages.map(pageText).join('\n\n'))
      return 0
    }
    if (options.retention) {
      const { benchRetention } = await import('./retention/run.ts')
      const { serverGrounds } = await import('./retention/server-grounds.ts')
      return show(await benchRetention({ grounds: serverGrounds(servers.addresses, root), isQuick: options.quick, progress }), options)
    }
    const { benchServers } = await import('./servers/run.ts')
    return show(await benchServers(run), options)
  } finally {
    await servers.close()
  }
}

function show(report: Report, { json, strict }: BenchOptions): number {
  console.log(json ? toJson(report) : toText(report))
  return strict && !report.goals.every(isReached) ? 1 : 0
}

function progress(text: string): void {
  console.error(text)
}
