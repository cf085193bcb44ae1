import xterm from '@xterm/headless'
import type { Terminal } from '../terminal/terminal.ts'

/** A terminal that nobody sees: what was written to it, as it stands there. */
export interface Screen extends Terminal {
  resize(columns: number, rows: number): void
  /** Lines in sight, without empty ones below. */
  inSight(): Promise<string[]>
  /** The same with all that has scrolled away above. */
  all(): Promise<string[]>
  isCursorShown(): Promise<boolean>
}

export function openScreen({ columns, rows }: { columns: number; rows: number }): Screen {
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, convertEol: true, allowProposedApi: true })
  let isCursorShown = true
  for (const [final, shown] of [
    ['h', true],
    ['l', false],
  ] as const)
    terminal.parser.registerCsiHandler({ prefix: '?', final }, (modes) => {
      if (modes.includes(25)) isCursorShown = shown
      return false
    })
  const settled = (): Promise<void> => new Promise((resolve) => terminal.write('', resolve))
  const linesFrom = (first: number): string[] => {
    const { active } = terminal.buffer
    const lines = Array.from(
      { length: active.length - first },
      (_, i) =>
        active
          .getLine(first + i)
          ?.translateToString(true)
          .trimEnd() ?? '',
    )
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1)
  }
  return {
    isTTY: true,
    get columns() {
      return terminal.cols
    },
    get rows() {
      return terminal.rows
    },
    write: (text) => terminal.write(text),
    resize: (toColumns, toRows) => terminal.resize(toColumns, toRows),
    async inSight() {
      await settled()
      return linesFrom(terminal.buffer.active.baseY)
    },
    async all() {
      await settled()
      return linesFrom(0)
    },
    async isCursorShown() {
      await settled()
      return isCursorShown
    },
  }
}
