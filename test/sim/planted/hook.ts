import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { edited } from '../../support/edit.ts'
import type { Plant } from './plant.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** From now on this process loads the modules that a plant changes with its fault in them. Answers how many it has loaded so. */
export function plantAtLoad({ name, edits }: Plant): () => number {
  const byUrl = Map.groupBy(edits, ({ file }) => pathToFileURL(join(ROOT, file)).href)
  let loaded = 0
  registerHooks({
    load(url, context, nextLoad) {
      const result = nextLoad(url, context)
      const changes = byUrl.get(url)
      if (changes === undefined) return result
      const { source } = result
      if (source === null || source === undefined) throw new Error(`plant ${name}: ${url} was loaded without its text`)
      loaded += changes.length
      // Types are stripped afterwards: the format stays what it was.
      return { ...result, source: changes.reduce(edited, typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString()) }
    },
  })
  return () => loaded
}
