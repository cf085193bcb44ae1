import { once } from 'node:events'
import type { Explanation } from './explain.ts'
import { startProgress, type Progress } from './progress.ts'
import { isForDrawing, type Terminal } from './terminal/terminal.ts'

export interface Column<T> {
  head: string
  cell(item: T): string | number
}

export interface ListView<T> {
  columns: readonly Column<T>[]
  json(item: T): unknown
  /** For people, when there is nothing. */
  empty: string
}

/** All that commands print. With `--json` one document goes to stdout and nothing else does. */
export interface Output {
  readonly isJson: boolean
  document(value: unknown, text: string): Promise<void>
  /** One array, or tables of some hundred rows; written as it comes, so it may be long. Answers how many there were. */
  list<T>(items: AsyncIterable<T> | Iterable<T>, view: ListView<T>): Promise<number>
  /** For people, on stdout; with `--json` nothing. */
  line(text: string): Promise<void>
  /** For people, on stderr in either case. */
  note(text: string): void
  bytes(bytes: Uint8Array): Promise<void>
  progress(): Progress
  /** Where something can be drawn for people, in place of lines; `null` with `--json`, in a pipe, and where plain text is wanted. */
  terminal(): Terminal | null
}

const ROWS_PER_TABLE = 200

export function createOutput({ json }: { json: boolean }): Output {
  return {
    isJson: json,
    document: (value, text) => print(json ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`),
    list: (items, view) => (json ? printArray(items, view) : printTables(items, view)),
    line: async (text) => void (json || (await print(`${text}\n`))),
    note: (text) => void process.stderr.write(`${text}\n`),
    bytes: print,
    progress: () => startProgress(process.stderr),
    terminal: () => (!json && isForDrawing(process.stdout, process.env) ? process.stdout : null),
  }
}

/** An error, on stderr. */
export function printError({ what, next }: Explanation): void {
  process.stderr.write(next === null ? `error: ${what}\n` : `error: ${what}\n  next: ${next}\n`)
}

/** Rows of two columns without a frame: what something is, and its value. */
export function facts(rows: readonly (readonly [string, string | number])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}

async function print(what: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(what)) await once(process.stdout, 'drain')
}

async function printArray<T>(items: AsyncIterable<T> | Iterable<T>, { json }: ListView<T>): Promise<number> {
  let count = 0
  for await (const item of items) await print(`${count++ === 0 ? '[\n' : ',\n'}  ${JSON.stringify(json(item))}`)
  await print(count === 0 ? '[]\n' : '\n]\n')
  return count
}

async function printTables<T>(items: AsyncIterable<T> | Iterable<T>, view: ListView<T>): Promise<number> {
  let count = 0
  let rows: T[] = []
  for await (const item of items) {
    rows.push(item)
    count++
    if (rows.length < ROWS_PER_TABLE) continue
    await print(await table(rows, view))
    rows = []
  }
  if (rows.length > 0) await print(await table(rows, view))
  if (count === 0) await print(`${view.empty}\n`)
  return count
}

async function table<T>(rows: readonly T[], { columns }: ListView<T>): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const drawn = new Table({
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ cell }) => (rows.every((row) => typeof cell(row) === 'number') ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  })
  drawn.push(...rows.map((row) => columns.map(({ cell }) => cell(row))))
  return `${drawn.toString()}\n`
}
