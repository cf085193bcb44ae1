import { styleText } from 'node:util'
import { writeCallTime } from '@twinreel/contracts/call-time'
import type { ScenarioResult } from '@twinreel/scenarios/result'
import type { ScenarioProgress } from '@twinreel/scenarios/run/playing'
import { fitted } from '../terminal/text-width.ts'

/** What the table says of one scenario. `null`: not known yet. */
export interface ScenarioRow {
  name: string
  tags: readonly string[]
  state: ScenarioProgress['state'] | ScenarioResult['status']
  /** Call time reached. */
  atMs: number | null
  calls: number
  callsOver: number
  recordings: number | null
  expectations: { met: number; missed: number } | null
  seconds: number
}

/** Lines of one shape for all of a table, so that rows that have scrolled away stand under the same heads. */
export interface RowLayout {
  head: string
  line(row: ScenarioRow): string
}

interface Column {
  head: string
  width: number
  side: 'left' | 'right'
  cell(row: ScenarioRow): string
  /** The least goes first where there is no room. */
  worth: number
}

type Colour = Parameters<typeof styleText>[0]

const NAME_AT_LEAST = 16
const TAGS: Column = { head: 'tags', width: 22, side: 'left', cell: ({ tags }) => tags.join(' '), worth: 0 }
const CALLS: Column = { head: 'calls', width: 5, side: 'right', cell: ({ calls, callsOver }) => `${callsOver}/${calls}`, worth: 1 }
const COLUMNS: readonly Column[] = [
  TAGS,
  { head: 'state', width: 9, side: 'left', cell: ({ state }) => state, worth: 6 },
  CALLS,
  { head: 'call time', width: 9, side: 'right', cell: ({ atMs }) => (atMs === null ? '' : wholeSeconds(atMs)), worth: 5 },
  { head: 'recordings', width: 10, side: 'right', cell: ({ recordings }) => (recordings === null ? '' : String(recordings)), worth: 2 },
  { head: 'met', width: 7, side: 'right', cell: met, worth: 4 },
  { head: 'took', width: 7, side: 'right', cell: ({ seconds }) => `${seconds.toFixed(seconds < 100 ? 2 : 0)} s`, worth: 3 },
]

/** For scenarios with these names and as many calls at most, on a terminal with so many columns, of which the last stays free. */
export function rowLayout(columns: number, scenarios: { longestName: number; mostCalls: number }): RowLayout {
  const shown = new Set(scenarios.mostCalls > 1 ? COLUMNS : COLUMNS.filter((column) => column !== CALLS))
  const roomForName = (): number => columns - 3 - [...shown].reduce((sum, { width }) => sum + width + 2, 0)
  for (const column of [...shown].toSorted((a, b) => a.worth - b.worth)) {
    // Tags only where no name is cut for them.
    if (roomForName() >= (column === TAGS ? Math.max(NAME_AT_LEAST, scenarios.longestName) : NAME_AT_LEAST)) break
    shown.delete(column)
  }
  const nameWidth = Math.max(1, Math.min(roomForName(), Math.max(NAME_AT_LEAST, scenarios.longestName)))
  const line = (mark: string, name: string, cell: (column: Column) => string): string =>
    `${mark} ${[fitted(name, nameWidth), ...[...shown].map((column) => fitted(cell(column), column.width, column.side))].join('  ')}`
  return {
    head: painted(
      'dim',
      line(' ', 'scenario', ({ head }) => head),
    ),
    line(row) {
      const { mark, colour } = lookOf(row.state)
      return painted(
        colour,
        line(mark, row.name, ({ cell }) => cell(row)),
      )
    },
  }
}

/** Whoever draws on a terminal has made sure that colours are welcome. */
export function painted(colour: Colour, text: string): string {
  return styleText(colour, text, { validateStream: false })
}

function lookOf(state: ScenarioRow['state']): { mark: string; colour: Colour } {
  switch (state) {
    case 'passed':
      return { mark: '✓', colour: 'green' }
    case 'failed':
      return { mark: '✗', colour: 'red' }
    case 'broken':
      return { mark: '!', colour: 'yellow' }
    case 'waiting':
    case 'over':
      return { mark: ' ', colour: 'dim' }
    case 'ringing':
    case 'in call':
    case 'recording':
    case 'paused':
      return { mark: ' ', colour: 'reset' }
  }
}

function met({ expectations }: ScenarioRow): string {
  return expectations === null ? '' : `${expectations.met}/${expectations.met + expectations.missed}`
}

function wholeSeconds(ms: number): string {
  return writeCallTime(Math.trunc(ms / 1_000) * 1_000).slice(0, -'.000'.length)
}
