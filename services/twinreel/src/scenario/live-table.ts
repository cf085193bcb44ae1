import type { ScenarioResult } from '@twinreel/scenarios/result'
import type { Playing } from '@twinreel/scenarios/run/playing'
import stringWidth from 'string-width'
import { openRegion } from '../terminal/region.ts'
import { sizeOf, type Terminal } from '../terminal/terminal.ts'
import { cut } from '../terminal/text-width.ts'
import type { RunDisplay } from './run-display.ts'
import { painted, rowLayout, type ScenarioRow } from './scenario-rows.ts'

export interface LiveTableOptions {
  scenarios: readonly { name: string; calls: readonly unknown[] }[]
  /** Monotonic milliseconds. */
  now(): number
  /** Calls back again and again until what it answers is called. */
  every(ms: number, callback: () => void): () => void
}

const DRAW_EVERY_MS = 100

/**
 * A table of scenarios on a terminal, rewritten in place: those that are played and those that failed stay in sight, as far as there is room; those that
 * passed scroll away above. At its end all that were judged stand there.
 */
export function liveTable(terminal: Terminal, { scenarios, now, every }: LiveTableOptions): RunDisplay {
  const widths = {
    longestName: Math.max(0, ...scenarios.map(({ name }) => stringWidth(name))),
    mostCalls: Math.max(0, ...scenarios.map(({ calls }) => calls.length)),
  }
  const startedMs = now()
  const playing = new Map<string, { since: number; playing: Playing }>()
  const failed: ScenarioRow[] = []
  const sums = { judged: 0, failed: 0, broken: 0, recordings: 0, met: 0, missed: 0 }
  /** Passed since the table was drawn last. */
  let passed: ScenarioRow[] = []
  let scrolled = 0
  let drawnMs = -Infinity
  const region = openRegion(terminal)
  const stop = every(DRAW_EVERY_MS, draw)

  function draw(): void {
    drawnMs = now()
    const { columns, rows } = sizeOf(terminal)
    const layout = rowLayout(columns, widths)
    const staying = [...(scrolled === 0 ? [layout.head] : []), ...passed.map(layout.line)]
    passed = []
    const running = [...playing.values()].map(({ since, playing: one }) => playingRow(one, (drawnMs - since) / 1_000))
    // The cursor and the totals have a line each.
    const room = Math.max(0, rows - 2)
    const headIsGone = playing.size + failed.length > 0 && scrolled + staying.length + failed.length + running.length > room
    const changing = [...(headIsGone && room > 1 ? [layout.head] : []), ...inRoom(failed, running, headIsGone ? room - 1 : room).map(lineOf)]
    function lineOf(row: ScenarioRow | string): string {
      return typeof row === 'string' ? painted('dim', cut(row, columns - 1)) : layout.line(row)
    }
    region.draw(staying, [...changing, cut(totals(), columns - 1)].slice(-Math.max(1, rows - 1)))
    scrolled += staying.length
  }

  function totals(): string {
    const { judged, recordings, met, missed } = sums
    return [
      `${judged} of ${scenarios.length} judged`,
      ...(sums.failed === 0 ? [] : [`${sums.failed} failed`]),
      ...(sums.broken === 0 ? [] : [`${sums.broken} could not be run`]),
      ...(playing.size === 0 ? [] : [`${playing.size} playing`]),
      `${((now() - startedMs) / 1_000).toFixed(1)} s`,
      `${recordings} recording${recordings === 1 ? '' : 's'}`,
      `${met} met, ${missed} missed`,
    ].join(' · ')
  }

  return {
    onPlay(begun) {
      for (const one of begun) playing.set(one.scenario.file, { since: now(), playing: one })
      draw()
    },
    onResult(result) {
      const row = judgedRow(result)
      playing.delete(result.file)
      if (result.status === 'passed') passed.push(row)
      else failed.push(row)
      sums.judged += 1
      if (result.status !== 'passed') sums[result.status] += 1
      sums.recordings += row.recordings ?? 0
      sums.met += row.expectations?.met ?? 0
      sums.missed += row.expectations?.missed ?? 0
      // Judging leaves timers no room.
      if (now() >= drawnMs + DRAW_EVERY_MS) draw()
    },
    end() {
      stop()
      playing.clear()
      passed.push(...failed.splice(0))
      draw()
      region.end()
    },
  }
}

/** As many as there is room for, half of it at least for each kind; and how many more there are. */
function inRoom(failed: readonly ScenarioRow[], running: readonly ScenarioRow[], room: number): (ScenarioRow | string)[] {
  const forFailed = Math.min(failed.length, Math.max(room - running.length, Math.ceil(room / 2)))
  return [...firstOf(failed, forFailed, 'that did not pass'), ...firstOf(running, room - forFailed, 'that are played')]
}

function firstOf(rows: readonly ScenarioRow[], room: number, what: string): (ScenarioRow | string)[] {
  if (rows.length <= room) return [...rows]
  return room < 1 ? [] : [...rows.slice(0, room - 1), `  … and ${rows.length - room + 1} more ${what}`]
}

function playingRow({ scenario: { name, tags }, progress }: Playing, seconds: number): ScenarioRow {
  return { name, tags, ...progress(), recordings: null, expectations: null, seconds }
}

function judgedRow({ name, tags, status, calls, seconds }: ScenarioResult): ScenarioRow {
  const expectations = calls.flatMap((call) => [...call.expectations, ...call.owners.flatMap((owner) => owner.expectations)])
  const met = expectations.filter((one) => one.met).length
  const isKnown = status !== 'broken'
  return {
    name,
    tags,
    state: status,
    atMs: isKnown ? Math.max(0, ...calls.map(({ lengthMs }) => lengthMs)) : null,
    calls: calls.length,
    callsOver: calls.length,
    recordings: isKnown ? calls.reduce((sum, { owners }) => sum + owners.reduce((all, owner) => all + owner.recordings.length, 0), 0) : null,
    expectations: isKnown ? { met, missed: expectations.length - met } : null,
    seconds,
  }
}
