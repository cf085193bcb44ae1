import type { Engines } from '@twinreel/twinreel/engines'

/**
 * The same engines as one process sees them that will die: after `atCall` calls to any of them nothing it asked for happens or answers
 * any more, like a process killed between two system calls. What it had been told before stands.
 */
export function dyingEngines(engines: Engines, atCall: number): { engines: Engines; died: Promise<void> } {
  let calls = 0
  let die: () => void = () => undefined
  const died = new Promise<void>((resolve) => (die = resolve))
  const never = new Promise<never>(() => undefined)

  function guard<T extends object>(engine: T): T {
    return new Proxy(engine, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property)
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown => {
          calls += 1
          if (calls === atCall) die()
          return calls >= atCall ? never : (value as (...all: unknown[]) => unknown).apply(target, args.map(guardHandler))
        }
      },
    })
  }

  /** A consumer's handler is called by the log; a dead process is called by nobody. */
  function guardHandler(argument: unknown): unknown {
    if (typeof argument !== 'object' || argument === null || !('handler' in argument)) return argument
    return { ...argument, handler: guard(argument.handler as object) }
  }

  const { eventLog, store, catalog } = engines
  return {
    engines: {
      ...engines,
      eventLog: guard(eventLog),
      store: guard(store),
      // Kysely's own objects are many; the transaction is where a catalog call begins.
      catalog: { ...catalog, db: guard(catalog.db) },
    },
    died,
  }
}
