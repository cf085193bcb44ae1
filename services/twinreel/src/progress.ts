import { canRewrite, sizeOf } from './terminal/terminal.ts'

export interface Progress {
  /** What is going on now. */
  update(text: string): void
  /** Takes the line away. */
  end(): void
}

const QUIET_MS = 2_000
const TTY_EVERY_MS = 100
const PLAIN_EVERY_MS = 5_000

/** A line on stderr for whatever takes more than two seconds: rewritten in place on a terminal, else a new one every few seconds. */
export function startProgress(stream: NodeJS.WriteStream, now: () => number = () => performance.now()): Progress {
  const isRewritten = canRewrite(stream, process.env)
  const everyMs = isRewritten ? TTY_EVERY_MS : PLAIN_EVERY_MS
  let nextMs = now() + QUIET_MS
  let shown = false
  return {
    update(text) {
      if (now() < nextMs) return
      nextMs = now() + everyMs
      shown = true
      stream.write(isRewritten ? `\r\u001b[K${text.slice(0, sizeOf(stream).columns - 1)}` : `${text}\n`)
    },
    end() {
      if (shown && isRewritten) stream.write('\r\u001b[K')
      shown = false
    },
  }
}
