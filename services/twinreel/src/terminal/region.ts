import stringWidth from 'string-width'
import { sizeOf, type Terminal } from './terminal.ts'

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

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** However the process ends or is stopped meanwhile, the cursor is shown again; a signal still does to it what it would. */
export function openRegion(terminal: Terminal): Region {
  let shown: readonly string[] = []
  const show = (): void => void terminal.write(SHOW_CURSOR)
  const leave = (signal: NodeJS.Signals): void => {
    end()
    process.kill(process.pid, signal)
  }
  const stop = (): void => {
    show()
    process.off('SIGTSTP', stop)
    process.kill(process.pid, 'SIGTSTP')
  }
  // What was drawn stands somewhere above: others have had the terminal.
  const goOn = (): void => {
    process.off('SIGTSTP', stop).on('SIGTSTP', stop)
    terminal.write(HIDE_CURSOR)
    shown = []
  }
  process.on('exit', show)
  for (const signal of SIGNALS) process.on(signal, leave)
  process.on('SIGTSTP', stop)
  process.on('SIGCONT', goOn)
  terminal.write(HIDE_CURSOR)

  function end(): void {
    process.off('exit', show)
    for (const signal of SIGNALS) process.off(signal, leave)
    process.off('SIGTSTP', stop)
    process.off('SIGCONT', goOn)
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
function heightOf(lines: readonly string[], terminal: Terminal): number {
  const { columns, rows } = sizeOf(terminal)
  const height = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0)
  return Math.min(height, rows - 1)
}
