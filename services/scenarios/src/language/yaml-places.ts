import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml'
import type { Problem } from './problem.ts'

export type Path = readonly (string | number)[]

/** A YAML file whose parts can be found again by their path. */
export interface YamlFile {
  value: unknown
  document: Document.Parsed
  /** Line and column of what stands at this path, or of the nearest thing around it; `offset` counts into a scalar’s text. */
  place(path: Path, offset?: number): { line: number; column: number }
  /** Of the key itself. */
  keyPlace(path: Path, key: string): { line: number; column: number }
}

/** A file is written by people; more than this is a mistake. */
const MOST_CHARACTERS = 2_000_000

/** Reads one YAML 1.2 document. Answers the file or what keeps it from being one. */
export function readYaml(file: string, text: string): { ok: true; yaml: YamlFile } | { ok: false; problems: Problem[] } {
  if (text.length > MOST_CHARACTERS)
    return { ok: false, problems: [{ file, line: 1, column: 1, message: `${text.length} characters, at most ${MOST_CHARACTERS} are read`, suggestion: null }] }
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false })
  const placeAt = (offset: number): { line: number; column: number } => {
    const { line, col } = counter.linePos(offset)
    return { line, column: col }
  }
  if (document.errors.length > 0)
    return {
      ok: false,
      problems: document.errors.map((error) => ({
        file,
        ...placeAt(error.pos[0]),
        message: error.code === 'MULTIPLE_DOCS' ? 'a file holds one scenario' : error.message,
        suggestion: error.code === 'MULTIPLE_DOCS' ? 'put the others into files of their own' : hint(error.message),
      })),
    }

  const made = valueOf(document)
  if (!made.ok)
    return {
      ok: false,
      problems: [{ file, ...placeAt(0), message: `its aliases can’t be followed: ${made.message}`, suggestion: 'write out what they stand for' }],
    }

  function nodeAt(path: Path): { node: Node | null; isWhole: boolean } {
    let node: unknown = document.contents
    let found: Node | null = document.contents
    for (const step of path) {
      if (isAlias(node)) node = node.resolve(document)
      const next: unknown = isMap(node) || isSeq(node) ? node.get(step, true) : undefined
      if (next === undefined || next === null) return { node: found, isWhole: false }
      node = next
      found = next as Node
    }
    return { node: found, isWhole: true }
  }

  return {
    ok: true,
    yaml: {
      document,
      value: made.value,
      place(path, offset = 0) {
        const { node, isWhole } = nodeAt(path)
        const start = node?.range?.[0] ?? 0
        return placeAt(isWhole && isScalar(node) ? start + withinScalar(node, offset) : start)
      },
      keyPlace(path, key) {
        const { node } = nodeAt(path)
        const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined
        return placeAt((isScalar(pair?.key) ? pair.key.range?.[0] : undefined) ?? node?.range?.[0] ?? 0)
      },
    },
  }
}

/** An alias that stands for too much is refused by the library when the value is made. */
function valueOf(document: Document.Parsed): { ok: true; value: unknown } | { ok: false; message: string } {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 100 }) }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

/** A text over several lines is not followed further than its beginning. */
function withinScalar(node: { type?: string | undefined; source?: string | undefined }, offset: number): number {
  if (node.source?.includes('\n') === true) return 0
  switch (node.type) {
    case 'PLAIN':
      return offset
    case 'QUOTE_SINGLE':
    case 'QUOTE_DOUBLE':
      return offset + 1
    default:
      return 0
  }
}

function hint(message: string): string | null {
  return /tab/i.test(message) ? 'indent with spaces' : null
}
