import type { Logger } from '@twinreel/service/log'
import type { LogFields } from '@twinreel/service/log-fields'
import type { Machine } from './process.ts'
import type { Given } from './types.ts'
import type { Parts } from './world-parts.ts'

/** What a process is given, put together. */
export function givenTo(machine: Machine, parts: Parts, engines: Pick<Given, 'eventLog' | 'store' | 'catalog' | 'openSpool'>): Given {
  const { time, startMs } = parts

  function wait(ms: number, signal: AbortSignal | undefined, aborted: () => void, over: () => void): void {
    if (signal?.aborted === true) return aborted()
    const callOff = machine.timer(ms, 'wait', () => {
      signal?.removeEventListener('abort', stop)
      over()
    })
    const stop = (): void => {
      callOff()
      signal?.removeEventListener('abort', stop)
      aborted()
    }
    signal?.addEventListener('abort', stop)
  }

  return {
    name: machine.name,
    ...engines,
    clock: {
      now: machine.clock.now,
      wait: (ms, signal) => new Promise((resolve, reject) => wait(ms, signal, () => reject(signal?.reason as Error), resolve)),
    },
    monotonicMs: () => time.now() - startMs,
    wait: (ms, signal) => new Promise((resolve) => wait(ms, signal, resolve, resolve)),
    every(ms, callback) {
      let callOff = machine.timer(ms, 'every', again)
      function again(): void {
        callOff = machine.timer(ms, 'every', again)
        callback()
      }
      return () => callOff()
    },
    log: logger(machine, parts, {}),
  }
}

/** Only the words count in the trace: fields may hold how long something took on this machine. */
function logger(machine: Machine, parts: Parts, always: LogFields): Logger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (fields: LogFields, message: string): void => {
      parts.trace.note(level, machine.name, message)
      parts.hooks.logged({ process: machine.name, kind: machine.kind, level, fields: { ...always, ...fields }, message })
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: (fields) => logger(machine, parts, { ...always, ...fields }) }
}
