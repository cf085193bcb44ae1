import { readFile } from 'node:fs/promises'
import { LineCounter, parseDocument, type Document } from 'yaml'
import { missingColumns, readColumnMap, withoutOptional, type ColumnMap, type ColumnMapProblem } from '@twinreel/call-records/column-map'
import { WEBEX, WEBEX_OPTIONAL } from '@twinreel/call-records/webex'
import { usageError, type CommandError } from '../command-error.ts'
import { fileProblem } from '@twinreel/service/input-file'
import { nearest } from '@twinreel/service/nearest'

export const PRESETS = ['webex'] as const

/** What says which column means what: a file of the user's, or a preset, which takes a file that lacks some of its columns. */
export type MapSource = { kind: 'file'; path: string } | { kind: 'preset'; name: (typeof PRESETS)[number] }

/** A column map out of a YAML or JSON file. Throws a usage `CommandError` with everything that is wrong with it. */
export async function columnMapOf(source: MapSource): Promise<ColumnMap> {
  if (source.kind === 'preset') return WEBEX
  const { path } = source
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw usageError(`${path}: ${fileProblem(error)}; expected is a column map, YAML or JSON`, 'name a column map with --columns, or take --preset webex')
  })
  const lineCounter = new LineCounter()
  // JSON is YAML too.
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0])
    throw usageError(`${path}, line ${line}, column ${col}: ${error.message}`)
  }
  const read = readColumnMap(contentOf(document, path))
  if (read.ok) return read.map
  throw mapError(path, read.problems)
}

/** The parsed content; an alias may name an anchor that is not there, or make more of itself than memory holds. */
function contentOf(document: Document, path: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw usageError(`${path}: ${error instanceof Error ? error.message : String(error)}`, 'write the columns out, without anchors and aliases')
  }
}

/** The map for a file with these columns. Throws a usage `CommandError` when it names others. */
export function mapFor(source: MapSource, map: ColumnMap, file: string, headers: readonly string[]): ColumnMap {
  const fitting = source.kind === 'preset' ? withoutOptional(map, headers, WEBEX_OPTIONAL) : map
  const problems = missingColumns(fitting, headers)
  if (problems.length > 0) throw mapError(source.kind === 'preset' ? `${file}, line 1, against --preset ${source.name}` : source.path, problems)
  return fitting
}

function mapError(where: string, problems: readonly ColumnMapProblem[]): CommandError {
  const told = problems.map(({ path, message, misspelt }) => {
    const meant = misspelt === undefined ? null : nearest(misspelt.word, misspelt.of)
    return `${path === '' ? '' : `${path}: `}${message}${meant === null ? '' : `; did you mean ${JSON.stringify(meant)}?`}`
  })
  return usageError(`${where}: ${told.join('\n  ')}`, 'docs/reconcile-cdr.md lists what a column map may say')
}
