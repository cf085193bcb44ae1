import { dirname, normalize } from 'node:path/posix'
import { lineAt, type Finding, type SourceFile } from './source-file.ts'

interface Import {
  from: string
  line: number
  /** The file it leads to, or the bare specifier when that is not one of ours. */
  to: string
}

/** Lower ones know nothing of higher ones; neighbours know nothing of each other, except that twinreel puts the services together. */
const LAYERS: readonly (readonly string[])[] = [
  ['packages/contracts', 'packages/media'],
  // The oracle judges recordings from outside: what it shared with the core it could not find wrong.
  ['packages/recording', 'packages/oracle'],
  ['packages/call-records'],
  ['packages/event-log', 'packages/object-store', 'packages/catalog', 'packages/service'],
  ['packages/publisher'],
  ['services/recorder', 'services/retention', 'services/simulator'],
  // What replays or tries out a recorder is given the real one; scenarios put other services to work.
  ['services/replay', 'services/conform', 'services/scenarios'],
  ['services/twinreel'],
  ['test'],
]
/** Run by name, not imported. */
const ENTRIES = new Set([
  'services/twinreel/src/main.ts',
  'services/twinreel/src/testing/pretend-terminal.ts',
  'services/twinreel/src/testing/tell-packages.ts',
  'packages/contracts/generate/main.ts',
  'examples/typescript/publish-call.ts',
  'services/scenarios/generate/main.ts',
  'test/bench/main.ts',
  'test/bench/child.ts',
  'test/support/servers.ts',
  'test/support/servers/keeper.ts',
  'test/support/servers/ward.ts',
  'test/mutation/runner.ts',
  'test/nightly/main.ts',
  'test/purge/worker.ts',
  'test/histories/chunk.ts',
  'test/replays/child.ts',
  'test/replays/make.ts',
  'test/scenarios/generate/main.ts',
  'test/scenarios/rules/main.ts',
  'test/sim/main.ts',
  'test/sim/explore/child.ts',
  'test/sim/planted/child.ts',
])

function importsOf(files: readonly SourceFile[]): Import[] {
  const folders = new Map(
    files
      .filter(({ path }) => /^(?:packages|services)\/[\w-]+\/package\.json$/.test(path))
      .map(({ path }) => [`@twinreel/${path.split('/')[1]}`, dirname(path)]),
  )
  return files
    .filter(({ path }) => path.endsWith('.ts'))
    .flatMap((file) =>
      // The masked code says where an import is, the text what it names.
      [...file.code.matchAll(/\b(?:from|import)\s*\(?\s*(['"])|\bnew URL\(\s*(['"])/g)].map((match) => {
        const start = match.index + match[0].length
        const specifier = file.text.slice(start, file.text.indexOf(match[1] ?? match[2] ?? '', start))
        return { from: file.path, line: lineAt(file.text, match.index), to: resolve(file.path, specifier, folders) }
      }),
    )
}

function resolve(from: string, specifier: string, folders: ReadonlyMap<string, string>): string {
  if (specifier.startsWith('.')) return normalize(`${dirname(from)}/${specifier}`)
  const [scope = '', name = '', ...rest] = specifier.split('/')
  const folder = folders.get(`${scope}/${name}`)
  return folder === undefined ? specifier : `${folder}/src/${rest.join('/')}.ts`
}

function packageOf(path: string): string {
  const [top = '', name = ''] = path.split('/')
  return top === 'test' ? 'test' : `${top}/${name}`
}

function layerOf(folder: string): number {
  return LAYERS.findIndex((layer) => layer.some((name) => (name.endsWith('/') ? folder.startsWith(name) : folder === name)))
}

/** Imports that go against the order of the packages. */
export function wrongDirections(files: readonly SourceFile[]): Finding[] {
  const imports = importsOf(files)
  return imports.flatMap(({ from, line, to }): Finding[] => {
    const [own, other] = [packageOf(from), packageOf(to)]
    const [ownLayer, otherLayer] = [layerOf(own), layerOf(other)]
    if (own === other || ownLayer === -1 || otherLayer === -1) return []
    if (otherLayer < ownLayer || own === 'services/twinreel') return otherLayer === LAYERS.length - 1 ? [against(from, line, to)] : []
    return [against(from, line, to)]
  })
}

function against(path: string, line: number, to: string): Finding {
  return {
    path,
    line,
    message: `imports ${to}: imports point one way, contracts and media → recording → adapters → services → test; move what both need downwards`,
  }
}

/** Files nobody imports and nobody runs. */
export function deadFiles(files: readonly SourceFile[]): Finding[] {
  const imported = new Set(importsOf(files).map(({ to }) => to))
  return files
    .filter(({ path }) => path.endsWith('.ts') && !/\.(?:test|config|d)\.ts$/.test(path) && !ENTRIES.has(path) && !imported.has(path))
    .map(({ path }) => ({ path, line: 1, message: 'nobody imports this file: delete it, or name it in ENTRIES of test/tidy/imports.ts if it is run by name' }))
}
