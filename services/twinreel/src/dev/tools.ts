import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { runTool } from './run-tool.ts'

/** What local servers and tests need on the machine. */
export type ToolName = 'java' | 'mvn' | 'go' | 'postgres' | 'kcat' | 'browser'

interface Tool {
  /** Programs any of which will do; the first one found is the answer. */
  programs: readonly [string, ...string[]]
  /** Directories to look into besides PATH. */
  folders(): string[]
  versionArgs: readonly string[]
  /** First version that will do, as [major, minor]. */
  atLeast: readonly [number, number]
  title: string
  /** Debian's package; `null` when Debian's is too old. */
  debian: string | null
}

export interface MissingTool {
  tool: ToolName
  /** What is missing and how to get it. */
  text: string
  debian: string | null
}

const TOOLS: Readonly<Record<ToolName, Tool>> = {
  java: {
    programs: ['java'],
    folders: () => (process.env['JAVA_HOME'] === undefined ? [] : [join(process.env['JAVA_HOME'], 'bin')]),
    versionArgs: ['-version'],
    atLeast: [17, 0],
    title: 'Java 17 or newer',
    debian: 'default-jre-headless',
  },
  mvn: { programs: ['mvn'], folders: () => [], versionArgs: ['--version'], atLeast: [3, 6], title: 'Maven 3.6 or newer', debian: 'maven' },
  go: { programs: ['go'], folders: () => ['/usr/local/go/bin'], versionArgs: ['version'], atLeast: [1, 25], title: 'Go 1.25 or newer', debian: null },
  kcat: { programs: ['kcat'], folders: () => [], versionArgs: ['-V'], atLeast: [1, 6], title: 'kcat 1.6 or newer', debian: 'kcat' },
  postgres: {
    programs: ['postgres'],
    // Debian keeps the server's programs off the PATH, one directory per version.
    folders: () => [...versionFolders('/usr/lib/postgresql', 'bin'), ...versionFolders('/opt/homebrew/opt', 'bin'), ...versionFolders('/usr/local/opt', 'bin')],
    versionArgs: ['--version'],
    atLeast: [15, 0],
    title: 'PostgreSQL 15 or newer (server programs)',
    debian: 'postgresql',
  },
  browser: {
    programs: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'],
    folders: () => [],
    versionArgs: ['--version'],
    atLeast: [120, 0],
    title: 'Chromium 120 or newer',
    // All that a test needs of it, with far less beside it than `chromium`.
    debian: 'chromium-headless-shell',
  },
}

/** The path of the program, in a version that will do; else what is missing. */
export async function findTool(tool: ToolName): Promise<{ path: string } | MissingTool> {
  const { programs, folders, versionArgs, atLeast, title, debian } = TOOLS[tool]
  const tooOld: string[] = []
  const places = [...folders(), ...(process.env['PATH'] ?? '').split(delimiter)].filter((folder) => folder !== '')
  for (const path of programs.flatMap((program) => places.map((folder) => join(folder, program)))) {
    if (!isExecutable(path)) continue
    const version = await versionOf(path, versionArgs)
    if (version !== null && isAtLeast(version, atLeast)) return { path }
    tooOld.push(`${path} is ${version === null ? 'of no version it can tell' : version.join('.')}`)
  }
  const how = debian === null ? 'from its makers or a newer distribution' : `on Debian or Ubuntu: apt-get install ${debian}`
  return { tool, debian, text: `${title} (${tooOld.length === 0 ? `no ${programs[0]} found` : tooOld.join(', ')}; ${how})` }
}

/** Throws when the tool is missing: for where it has been looked for before. */
export async function toolPath(tool: ToolName): Promise<string> {
  const found = await findTool(tool)
  if ('path' in found) return found.path
  throw new Error(`missing: ${found.text}`)
}

function versionFolders(parent: string, child: string): string[] {
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .filter((name) => /^(?:postgresql@)?\d+$/.test(name))
    .toSorted((a, b) => Number(b.replace(/\D/g, '')) - Number(a.replace(/\D/g, '')))
    .map((name) => join(parent, name, child))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The first “17.0.15”, “21”, “go1.26.8” of what it says about itself. Java says it on stderr, Maven in colours. */
async function versionOf(path: string, args: readonly string[]): Promise<[number, number] | null> {
  try {
    const found = /(\d+)(?:\.(\d+))?/.exec(stripVTControlCharacters(await runTool(path, args, { both: true })))
    return found === null ? null : [Number(found[1]), Number(found[2] ?? 0)]
  } catch {
    return null
  }
}

function isAtLeast([major, minor]: readonly [number, number], [leastMajor, leastMinor]: readonly [number, number]): boolean {
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}
