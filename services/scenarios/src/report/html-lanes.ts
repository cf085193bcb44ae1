import { markup, type Insert, type Markup } from '@twinreel/service/markup'
import { writeCallTime } from '@twinreel/contracts/call-time'
import type { Span } from '../result.ts'
import { GUTTER, type Scale } from './html-scale.ts'

/** A strip of a picture, drawn from its upper edge on. */
export interface Lane {
  height: number
  draw(y: number): Markup
}

const CHARACTER_WIDTH = 6.2

/** What stands before a lane. */
export function laneName(text: string, y: number, kind = 'lane'): Markup {
  return markup`<text class="${kind}" x="${GUTTER - 10}" y="${y}" text-anchor="end">${shortened(text, GUTTER - 16)}</text>`
}

/** A piece of a strip with its words in it, if there is room (more of it than the piece has, if the strip goes on empty), and to point at in any case. */
export function block(
  kind: string,
  span: Span,
  { y, height, scale, words = '', room = 0 }: { y: number; height: number; scale: Scale; words?: string; room?: number },
): Markup {
  const [x, width] = [scale.x(span[0]), scale.width(span)]
  const label = textWidth(words) + 8 <= Math.max(width, room) ? markup`<text x="${x + 5}" y="${y + height / 2 + 4}">${words}</text>` : ''
  return markup`<g class="${kind}"><title>${spanText(span)} ${words}</title><rect x="${x}" y="${y}" width="${width}" height="${height}"/>${label}</g>`
}

export function spanText([fromMs, toMs]: Span): string {
  return fromMs === toMs ? writeCallTime(fromMs) : `${writeCallTime(fromMs)} to ${writeCallTime(toMs)}`
}

export function textWidth(text: string): number {
  return Array.from(text).length * CHARACTER_WIDTH
}

function shortened(text: string, width: number): string {
  const characters = Array.from(text)
  const room = Math.floor(width / CHARACTER_WIDTH)
  return characters.length <= room ? text : `${characters.slice(0, Math.max(0, room - 1)).join('')}…`
}

/** Where each label stands, in as few rows as there are; `null` where all of them are taken. */
export function inRows(labels: readonly { x: number; width: number }[], rows: number): (number | null)[] {
  const ends = Array.from({ length: rows }).fill(-Infinity) as number[]
  return labels.map(({ x, width }) => {
    const row = ends.findIndex((end) => end <= x)
    if (row === -1) return null
    ends[row] = x + width
    return row
  })
}

export function stacked(lanes: readonly Lane[]): { height: number; drawn: Insert } {
  let height = 0
  const drawn = lanes.map((lane) => {
    const y = height
    height += lane.height
    return lane.draw(y)
  })
  return { height, drawn }
}
