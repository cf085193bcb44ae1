import { markup, type Markup } from '@twinreel/service/markup'
import { writeCallTime } from '@twinreel/contracts/call-time'
import type { CallResult } from '../result.ts'
import { block, inRows, laneName, stacked, textWidth, type Lane } from './html-lanes.ts'
import { compared, marks, ownerLanes, refusals } from './html-owner-lanes.ts'
import { GUTTER, PICTURE_WIDTH, rounded, scaleOf, ticks, type Scale } from './html-scale.ts'
import { apart, type Miss } from './misses.ts'

const FLAG_ROWS = 4
const FLAG_HEIGHT = 19
const FLAG_WIDTH = 20

/** The timeline of a call: what happened, what was heard, what became of it for each owner; through all of it a line where an expectation is missed. */
export function picture(call: CallResult, misses: readonly Miss[], { id, mostPoints }: { id: string; mostPoints: number }): Markup {
  const scale = scaleOf(call, misses)
  const ofCall = misses.filter(({ owner }) => owner === null)
  const flagged = flags(misses, scale)
  const ownLanes = call.owners.map((owner) => {
    const own = misses.filter((miss) => miss.owner === owner.owner)
    return { owner: owner.owner, lanes: ownerLanes(call, owner, own, { scale, mostPoints }) }
  })
  const head = [
    flagged.lane,
    axis(scale),
    story(call, scale),
    heard(call, ofCall, scale),
    ...marks('refused keys', refusals(call.rejected), scale),
    ...compared(ofCall, scale),
  ]
  const lanes = [...head, ...ownLanes.flatMap(({ lanes: own }) => own)]
  const { height, drawn } = stacked(lanes)
  const heightOf = (some: readonly Lane[]): number => some.reduce((sum, lane) => sum + lane.height, 0)
  const extents = new Map<string | null, [number, number]>([[null, [flagged.lane.height, heightOf(head)]]])
  let top = heightOf(head)
  for (const { owner, lanes: own } of ownLanes) {
    extents.set(owner, [top + 8, top + heightOf(own)])
    top += heightOf(own)
  }
  const lines = misses.flatMap(({ atMs, number, owner }) => {
    if (atMs === null) return []
    const [x, [from, to]] = [scale.x(atMs), extents.get(owner) ?? [0, height]]
    return [
      markup`<g class="miss" data-number="${number}" data-at-ms="${atMs}"><line class="through" x1="${x}" x2="${x}" y1="${flagged.lane.height - 2}" y2="${height}"/><line class="here" x1="${x}" x2="${x}" y1="${from}" y2="${to}"/></g>`,
    ]
  })
  return markup`<svg role="img" aria-labelledby="${id}-title ${id}-words" viewBox="0 0 ${PICTURE_WIDTH} ${height + 6}" width="${PICTURE_WIDTH}" height="${height + 6}"><title id="${id}-title">Timeline of ${call.name}</title><desc id="${id}-words">${summary(call, misses)}</desc>${drawn}${lines}${flagged.drawn}</svg>`
}

function summary(call: CallResult, misses: readonly Miss[]): string {
  const owners = call.owners.map(({ owner, outcome, reason }) => `${owner}: ${outcome}${reason === null ? '' : `, ${reason}`}`)
  const where = misses.map(({ number, atMs }) => `${number}${atMs === null ? '' : ` at ${writeCallTime(atMs)}`}`)
  return `${writeCallTime(call.lengthMs)} long. ${owners.join('; ')}. ${misses.length === 0 ? 'Every expectation is met' : `Missed expectations: ${where.slice(0, 20).join(', ')}`}. The list below tells all that is drawn.`
}

/** Numbers above the plot, each over its moment; what would not fit stands with its left neighbour. */
function flags(misses: readonly Miss[], scale: Scale): { lane: Lane; drawn: Markup } {
  const all = misses.flatMap(({ number, atMs }) => (atMs === null ? [] : [{ number, atMs, x: scale.x(atMs), width: FLAG_WIDTH + 2 }]))
  const rows = inRows(all, FLAG_ROWS)
  const count = Math.max(0, ...rows.map((row) => (row ?? 0) + 1))
  const y = (row: number): number => (count - 1 - row) * FLAG_HEIGHT + 2
  const drawn = all.map(({ number, atMs, x }, i) => {
    const row = rows[i] ?? null
    if (row === null) return ''
    const left = rounded(x - FLAG_WIDTH / 2)
    return markup`<g class="flag"><title>missed expectation ${number}, at ${writeCallTime(atMs)}</title><line x1="${x}" x2="${x}" y1="${y(row) + 8}" y2="${count * FLAG_HEIGHT}"/><rect x="${left}" y="${y(row)}" width="${FLAG_WIDTH}" height="16" rx="8"/><text x="${x}" y="${y(row) + 12}" text-anchor="middle">${number}</text></g>`
  })
  return {
    lane: { height: count === 0 ? 0 : count * FLAG_HEIGHT + 2, draw: () => markup`` },
    drawn: markup`${drawn}`,
  }
}

function axis(scale: Scale): Lane {
  return {
    height: 24,
    draw: (y) =>
      markup`<line class="axis" x1="${scale.x(scale.fromMs)}" x2="${scale.x(scale.toMs)}" y1="${y + 20.5}" y2="${y + 20.5}"/>${ticks(scale).map(
        ({ atMs, label }) =>
          markup`<line class="axis" x1="${scale.x(atMs)}" x2="${scale.x(atMs)}" y1="${y + 16}" y2="${y + 20.5}"/><text class="tick" x="${scale.x(atMs)}" y="${y + 12}" text-anchor="middle">${label}</text>`,
      )}`,
  }
}

const STORY_ROWS = 3

/** What happens, as the file says it; what has no room for its words is a stroke to point at. */
function story(call: CallResult, scale: Scale): Lane {
  const all = call.story
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, text }) => {
      // The line begins with its time, which the place tells.
      const words = text.replace(/^-?[\d:.]+ /, '')
      const width = textWidth(words) + 14
      const x = scale.x(atMs)
      // At the end of the call words stand left of their moment.
      return { atMs, words, x, width, isLeft: x + width > PICTURE_WIDTH }
    })
  const rows = inRows(
    all.map(({ x, width, isLeft }) => ({ x: isLeft ? x - width : x, width })),
    STORY_ROWS,
  )
  const count = Math.max(1, ...rows.map((row) => (row ?? 0) + 1))
  return {
    height: count * 16 + 8,
    draw: (y) =>
      markup`${laneName('what happens', y + 16)}${all.map(({ atMs, words: text, x, isLeft }, i) => {
        const row = rows[i] ?? null
        const words =
          row === null ? '' : markup`<text x="${isLeft ? x - 4 : x + 4}" y="${y + 16 + row * 16}"${isLeft ? markup` text-anchor="end"` : ''}>${text}</text>`
        return markup`<g class="story"><title>${writeCallTime(atMs)} ${text}</title><line x1="${x}" x2="${x}" y1="${y + 4}" y2="${y + (row ?? 0) * 16 + 20}"/>${words}</g>`
      })}`,
  }
}

/** Prompts and tones, and below them when the platform's gate was shut. */
function heard({ prompts, gateShut, releasedMs, deadLetters }: CallResult, misses: readonly Miss[], scale: Scale): Lane {
  const letters = deadLetters.length === 0 ? '' : `${deadLetters.length} dead letter${deadLetters.length === 1 ? '' : 's'}`
  const hasGate = gateShut.length > 0
  return {
    height: hasGate ? 48 : 28,
    draw: (y) =>
      markup`${laneName('prompts and tones', y + 17)}${prompts.map(({ prompt, fromMs, toMs }, i) => {
        const room = scale.x(prompts[i + 1]?.fromMs ?? scale.toMs) - scale.x(fromMs)
        return block(/tone|beep/.test(prompt) ? 'tone' : 'prompt', [fromMs, toMs], { y: y + 4, height: 18, scale, words: prompt, room })
      })}${hasGate ? laneName('platform’s gate', y + 38) : ''}${gateShut.map((span) => block('gate', span, { y: y + 26, height: 16, scale, words: 'gate shut' }))}${
        releasedMs === null ? '' : block('apart', [releasedMs, releasedMs], { y: y + 4, height: 18, scale, words: 'asked to release the call' })
      }${letters === '' ? '' : markup`<text class="rejected" x="${GUTTER}" y="${y + 17}">${letters}</text>`}${misses.flatMap((miss) => apart(miss).map((span) => block('apart', span, { y: y + 2, height: hasGate ? 42 : 22, scale })))}`,
  }
}
