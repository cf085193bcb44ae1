// What the tests of the two packages use of vitest, in place of vitest: tests are collected, to be called again and again. What is not
// here can't be imported, so a test that needs more fails loudly. `expect` is vitest's own.
export { expect } from 'vitest'

type Run = () => unknown

/** A test as it was written; `name` holds the names of what it stands in, and its row in a table. */
export interface Collected {
  name: string
  run: Run
}

const path: string[] = []
let collected: Collected[] = []

/** The tests of everything that was imported since the last call. */
export function takeCollected(): Collected[] {
  const taken = collected
  collected = []
  return taken
}

interface Writer {
  (title: string, body: unknown, last?: unknown): void
  each(table: readonly unknown[]): (title: string, body: unknown, last?: unknown) => void
  runIf(condition: boolean): Writer
}

/** Options may stand before the body; they say nothing that matters here. */
function writer(write: (name: string, run: Run) => void): Writer {
  const bodyOf = (body: unknown, last: unknown): ((...row: readonly unknown[]) => unknown) => {
    const found = typeof body === 'function' ? body : last
    if (typeof found !== 'function') throw new Error('a test without a body')
    return found as (...row: readonly unknown[]) => unknown
  }
  const one = (title: string, body: unknown, last?: unknown): void => write(title, bodyOf(body, last))
  return Object.assign(one, {
    each: (table: readonly unknown[]) => (title: string, body: unknown, last?: unknown) => {
      const run = bodyOf(body, last)
      table.forEach((row, i) => write(`${named(title, row)}#${i}`, () => run(...(Array.isArray(row) ? (row as unknown[]) : [row]))))
    },
    runIf: (condition: boolean) => (condition ? writer(write) : writer(() => {})),
  })
}

/** A title with the first values of its row. */
function named(title: string, row: unknown): string {
  const values: unknown[] = Array.isArray(row) ? [...(row as unknown[])] : [row]
  if (/%[sdijo]/.test(title))
    return title.replaceAll(/%([sdijo%])/g, (_, kind) => (kind === '%' ? '%' : kind === 'j' ? JSON.stringify(values.shift()) : String(values.shift())))
  return title.replaceAll(/\$(\w+)/g, (_, name: string) => String((row as Record<string, unknown>)[name]))
}

export const test = writer((name, run) => void collected.push({ name: [...path, name].join(' > '), run }))

export const describe = writer((name, run) => {
  path.push(name)
  run()
  path.pop()
})

/** What comes after the last test only prints. */
export function afterAll(): void {}
