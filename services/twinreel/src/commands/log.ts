import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addLogCapture } from './log-capture.ts'

export function addLog(program: Command): void {
  const log = addCommand(program, 'log', 'The log of calls: one call’s log in a file.', 'twinreel log capture --call sim-42-call-00001')
  addLogCapture(log)
}
