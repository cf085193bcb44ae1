import type { Hooks } from './types.ts'

type Listener<K extends keyof Hooks> = Parameters<Hooks[K]>[0]
type Event<K extends keyof Hooks> = Parameters<Listener<K>>[0]

/** The other side of the hooks: what the engines call. */
export interface HookCalls {
  hooks: Hooks
  committed(event: Event<'onCommit'>): void
  put(event: Event<'onPut'>): void
  deleted(event: Event<'onDelete'>): void
  appended(event: Event<'onAppend'>): void
  trimmed(event: Event<'onTrim'>): void
  asked(event: Event<'onAsk'>): void
  logged(event: Event<'onLog'>): void
}

export function createHooks(hear: (work: Promise<void> | void) => void, fail: (error: unknown) => void): HookCalls {
  const commits: Listener<'onCommit'>[] = []
  const puts: Listener<'onPut'>[] = []
  const deletions: Listener<'onDelete'>[] = []
  const appends: Listener<'onAppend'>[] = []
  const trims: Listener<'onTrim'>[] = []
  const questions: Listener<'onAsk'>[] = []
  const lines: Listener<'onLog'>[] = []

  function tell<E>(listeners: readonly ((event: E) => void | Promise<void>)[], event: E): void {
    for (const listener of listeners) {
      try {
        hear(listener(event))
      } catch (error) {
        fail(error)
      }
    }
  }

  return {
    hooks: {
      onCommit: (listener) => void commits.push(listener),
      onPut: (listener) => void puts.push(listener),
      onDelete: (listener) => void deletions.push(listener),
      onAppend: (listener) => void appends.push(listener),
      onTrim: (listener) => void trims.push(listener),
      onAsk: (listener) => void questions.push(listener),
      onLog: (listener) => void lines.push(listener),
    },
    committed: (event) => tell(commits, event),
    put: (event) => tell(puts, event),
    deleted: (event) => tell(deletions, event),
    appended: (event) => tell(appends, event),
    trimmed: (event) => tell(trims, event),
    asked: (event) => tell(questions, event),
    logged: (event) => tell(lines, event),
  }
}
