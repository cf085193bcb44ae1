import stringWidth from 'string-width'
import type { Terminal } from './terminal.ts'

/** The last lines of a terminal, rewritten in place, below what stays. The cursor stands under them, hidden. */
export interface Region {
  /** `staying` scrolls away above; `changing` takes the place of what was drawn last, and should be lower than the terminal. No line is wider than it. */
  draw(staying: readonly string[], changing: readonly string[]): void
  /** Leaves what is drawn, and shows the cursor. */
  end(): void
}

// ECMA-48, and DEC's private mode 25 for the cursor: what every terminal emulator knows.
const HIDE_CURSOR = '\u001B[?25l'
const SHOW_CURSOR = '\u001B[?25h'
const ERASE_LINE = '\u001B[K'
const ERASE_BELOW = '\u001B[J'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** However the process ends meanwhile, the cursor is shown again; a signal still ends it as it would. */
export function openRegion(terminal: Terminal): Region {
  let shown: readonly string[] = []
  const show = (): void => void terminal.write(SHOW_CURSOR)
  const leave = (signal: NodeJS.Signals): void => {
    end()
    process.kill(process.pid, signal)
  }
  process.on('exit', show)
  for (const signal of SIGNALS) process.on(signal, leave)
  terminal.write(HIDE_CURSOR)

  function end(): void {
    process.off('exit', show)
    for (const signal of SIGNALS) process.off(signal, leave)
    show()
  }
  return {
    draw(staying, changing) {
      const up = heightOf(shown, terminal)
      const lines = [...staying, ...changing].map((line) => `${ERASE_LINE}${line}\n`)
      terminal.write(`${up === 0 ? '' : `\r\u001B[${up}A`}${lines.join('')}${ERASE_BELOW}`)
      shown = changing
    },
    end,
  }
}

/** Rows that lines take now: they are wrapped when the terminal has become narrower since. What is above its upper edge can't be reached. */
function heightOf(lines: readonly string[], { columns = 80, rows = 24 }: Terminal): number {
  const height = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0)
  return Math.min(height, rows - 1)
}
