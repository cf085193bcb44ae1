import { spawn } from 'node:child_process'
import { expect, it, onTestFinished } from 'vitest'
import { openScreen } from '../testing/screen.ts'
import { openRegion } from './region.ts'

const [SHOWN, HIDDEN] = ['\u001B[?25h', '\u001B[?25l']
const UP = '\u001B[1A'
const SOON = { timeout: 20_000 }

/** A process that draws again and again; what it has written so far. */
function drawing(): { written: () => string; kill: (signal: NodeJS.Signals) => void; ended: Promise<NodeJS.Signals | null> } {
  const code = `
    import { openRegion } from ${JSON.stringify(new URL('region.ts', import.meta.url).href)}
    const region = openRegion({ isTTY: true, columns: 80, rows: 24, write: (text) => process.stdout.write(text) })
    setInterval(() => region.draw([], ['it goes on']), 10)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let written = ''
  child.stdout.on('data', (chunk: Buffer) => (written += chunk.toString()))
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, signal) => resolve(signal)))
  return { written: () => written, kill: (signal) => void child.kill(signal), ended }
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)('the cursor is shown when %s ends the process, as it does', async (signal) => {
  const { written, kill, ended } = drawing()
  await expect.poll(written, SOON).toContain(UP)
  kill(signal)
  expect(await ended).toBe(signal)
  expect(written().lastIndexOf(SHOWN)).toBeGreaterThan(written().lastIndexOf(HIDDEN))
})

it('whoever stops the process has his cursor, and when it goes on it draws below what stands there by then', async () => {
  const { written, kill } = drawing()
  await expect.poll(written, SOON).toContain(UP)
  let seen = 0
  // A process may stop a moment behind a signal to go on: where nothing more is drawn, it is sent again.
  const unlessItDraws = (...signals: NodeJS.Signals[]): void => {
    if (written().length === seen) for (const signal of signals) kill(signal)
    seen = written().length
  }
  for (let times = 0; times < 2; times++) {
    const running = written().length
    kill('SIGTSTP')
    await expect.poll(() => (unlessItDraws('SIGCONT', 'SIGTSTP'), written().slice(running)), SOON).toContain(SHOWN)
    const stopped = written().length
    await expect.poll(() => (unlessItDraws('SIGCONT'), written().slice(stopped)), SOON).toContain(HIDDEN)
    let since = ''
    await expect.poll(() => (unlessItDraws('SIGCONT'), (since = written().slice(written().lastIndexOf(HIDDEN)))), SOON).toContain(UP)
    expect(since).not.toContain(SHOWN)
    expect(since.indexOf('it goes on')).toBeLessThan(since.indexOf(UP))
  }
})

it('on a terminal that has lost its size nothing scrolls away for being drawn again', async () => {
  const screen = openScreen({ columns: 80, rows: 24 })
  const region = openRegion({ isTTY: true, columns: 0, rows: 0, write: (text) => screen.write(text) })
  for (const line of ['one', 'two', 'three']) region.draw([], [line, 'below'])
  region.end()
  expect(await screen.all()).toEqual(['three', 'below'])
})
