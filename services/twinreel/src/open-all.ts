import { engineError } from './command-error.ts'
import { explain } from './explain.ts'

interface Closable {
  close(): Promise<void>
}

export interface Opened<T> {
  engines: T
  /** In the reverse order of opening. */
  close(): Promise<void>
}

/**
 * Opens all engines at once, or none: what answered is closed again when another did not. Throws an engine's `CommandError` that says what is wrong with each of them, so
 * that nobody mends one to find the next.
 */
export async function openAll<T extends Readonly<Record<string, Closable>>>(opening: { readonly [K in keyof T]: () => Promise<T[K]> }): Promise<Opened<T>> {
  const names = Object.keys(opening)
  const results = await Promise.allSettled(Object.values(opening).map((open: () => Promise<Closable>) => open()))
  const open = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const close = async (): Promise<void> => {
    for (const engine of open.toReversed()) await engine.close()
  }
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (failures.length === 0) return { engines: Object.fromEntries(names.map((name, index) => [name, open[index]])) as unknown as T, close }
  await close()
  const told = failures.map(explain)
  const next = [...new Set(told.flatMap((explanation) => (explanation.next === null ? [] : [explanation.next])))]
  throw engineError(told.map(({ what }) => what).join('\nerror: '), next.length === 0 ? null : next.join('; '), failures[0])
}
