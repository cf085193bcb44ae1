import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { edited, type Edit } from '../../support/edit.ts'

const ROOT = join(import.meta.dirname, '../../..')
const CORE = pathToFileURL(join(ROOT, 'packages/recording/src')).href
/** What others import of these can be broken: each of their functions asks anew which text of the core it is to be. */
const SWITCHED = /^\/(?:session\/[a-z-]+|retention)\.ts$/

type Module = Readonly<Record<string, unknown>>
type Call = (...given: unknown[]) => unknown

/**
 * From now on this process can change the text of the core while it runs: only the core's modules are loaded again, everything else stays. To be
 * called before anything loads the core.
 */
export function switchableCore(): { breakCore(edit: Edit | null): Promise<void> } {
  let [generation, edit] = [0, null as Edit | null]
  const switched = new Map<string, Module>()
  const inForce = new Map<string, Module>()
  const registry = globalThis as { twinreelCore?: (url: string, plain: Module) => (name: string) => Call }
  registry.twinreelCore = (url, plain) => {
    switched.set(url, plain)
    return (name) =>
      (...given) =>
        ((inForce.get(url) ?? plain)[name] as Call)(...given)
  }
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context)
      const [url = '', query] = resolved.url.split('?')
      if (!url.startsWith(CORE) || query !== undefined) return resolved
      const from = context.parentURL ?? ''
      const own = /\?broken=\d+$/.exec(from)?.[0]
      if (own !== undefined) return { ...resolved, url: url + own }
      return from.startsWith(CORE) || !SWITCHED.test(url.slice(CORE.length)) ? resolved : { ...resolved, url: `${url}?switch` }
    },
    load(url, context, nextLoad) {
      const [file = '', query = ''] = url.split('?')
      if (query === 'switch') return { format: 'module', source: switchOf(file), shortCircuit: true }
      const result = nextLoad(url, context)
      if (edit === null || query !== `broken=${generation}` || file !== pathToFileURL(join(ROOT, edit.file)).href) return result
      // Types are stripped afterwards: the format stays what it was.
      return { ...result, source: edited(Buffer.from(result.source as Uint8Array).toString(), edit) }
    },
  })
  return {
    async breakCore(next) {
      edit = next
      inForce.clear()
      if (next === null) return
      generation += 1
      for (const url of switched.keys()) inForce.set(url, (await import(`${url}?broken=${generation}`)) as Module)
    },
  }
}

/** A module of the same names: constants as they are, functions as they are just now. */
function switchOf(file: string): string {
  const names = [...readFileSync(fileURLToPath(file), 'utf8').matchAll(/^export (function|const) (\w+)/gm)]
  const lines = names.map(([, kind, name = '']) =>
    kind === 'function' ? `export const ${name} = now(${JSON.stringify(name)})` : `export const ${name} = plain[${JSON.stringify(name)}]`,
  )
  // Two of the core's modules import each other in a circle, so that a name may be asked for before it has a value: the original is loaded whole first.
  const url = JSON.stringify(file)
  return [`import * as plain from ${JSON.stringify(`${file}?plain`)}`, `const now = globalThis.twinreelCore(${url}, plain)`, ...lines].join('\n')
}
