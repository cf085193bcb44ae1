import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { openScreen, type Screen } from './screen.ts'

export interface OnTerminal {
  screen: Screen
  /** All that came on stdout, as it came. */
  stdout(): string
  interrupt(): void
  ended: Promise<{ exitCode: number | null; signal: string | null }>
}

/** Runs a command in a process that takes its outputs for a terminal, with these variables and none of what a build sets. */
export function twinreelOnTerminal(size: { columns: number; rows: number }, env: Readonly<Record<string, string>>, ...args: readonly string[]): OnTerminal {
  const { CI: _, NO_COLOR: __, FORCE_COLOR: ___, NODE_OPTIONS: ____, ...inherited } = process.env
  const screen = openScreen(size)
  const child = spawn(process.execPath, ['--import', join(import.meta.dirname, 'pretend-terminal.ts'), join(import.meta.dirname, '../main.ts'), ...args], {
    env: { ...inherited, TERM: 'xterm-256color', PRETEND_TERMINAL: `${size.columns}x${size.rows}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    screen.write(text)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => screen.write(text))
  return {
    screen,
    stdout: () => stdout,
    interrupt: () => void child.kill('SIGINT'),
    ended: once(child, 'close').then(() => ({ exitCode: child.exitCode, signal: child.signalCode })),
  }
}
