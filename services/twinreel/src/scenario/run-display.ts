import type { ScenarioResult } from '@twinreel/scenarios/result'
import type { Playing } from '@twinreel/scenarios/run/playing'
import type { Output } from '../output.ts'
import { liveTable, type LiveTableOptions } from './live-table.ts'

/** Shows people how a run of scenarios goes on. */
export interface RunDisplay {
  onPlay(playing: readonly Playing[]): void
  onResult(result: ScenarioResult): void
  /** Whatever has become of the run. */
  end(): void
}

const MARKS = { passed: '✓', failed: '✗', broken: '!' } as const
const LOOK_EVERY_MS = 500

/** A table that is rewritten in place where output is drawn on; else a line for each scenario that is judged, and one on stderr of how far things are. */
export function runDisplay(output: Output, options: LiveTableOptions): RunDisplay {
  const terminal = output.terminal()
  return terminal === null ? plainLines(output, options) : liveTable(terminal, options)
}

function plainLines(output: Output, { scenarios, every }: LiveTableOptions): RunDisplay {
  const progress = output.progress()
  const atHand: Playing[] = []
  let judged = 0
  const stop = every(LOOK_EVERY_MS, () => {
    const calls = atHand.map((one) => one.progress())
    const [over, all] = [calls.reduce((sum, { callsOver }) => sum + callsOver, 0), calls.reduce((sum, one) => sum + one.calls, 0)]
    progress.update(`${judged} of ${scenarios.length} scenarios are judged; ${over} of ${all} calls at hand are over`)
  })
  return {
    onPlay: (playing) => void atHand.splice(0, Infinity, ...playing),
    onResult({ name, status, file, seconds }) {
      judged += 1
      progress.end()
      void output.line(`${MARKS[status]} ${name}  ${file}  ${seconds.toFixed(2)} s`)
    },
    end() {
      stop()
      progress.end()
    },
  }
}
