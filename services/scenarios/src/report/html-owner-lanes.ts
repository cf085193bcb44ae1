import { markup, type Markup } from '@twinreel/service/markup'
import { writeCallTime } from '@twinreel/contracts/call-time'
import type { CallResult, OwnerResult } from '../result.ts'
import { block, laneName, spanText, type Lane } from './html-lanes.ts'
import { GUTTER, PICTURE_WIDTH, rounded, type Scale } from './html-scale.ts'
import { loudestOf, reduced, wavePath } from './html-waveform.ts'
import { apart, type Miss } from './misses.ts'

const HALF_WAVE = 17
/** Speech is mostly far below its peaks; so it can be seen. */
const QUIETER = 0.65

export const STATE_WORDS: Readonly<Record<OwnerResult['band'][number]['state'], string>> = {
  standby: 'standby',
  announcing: 'announcing',
  recording: 'recording',
  paused: 'paused',
  'not-recorded': 'not recorded',
}

/** One owner: what was said and what was recorded of it on both sides, the state, and what was refused or went wrong. */
export function ownerLanes(call: CallResult, owner: OwnerResult, misses: readonly Miss[], { scale, mostPoints }: { scale: Scale; mostPoints: number }): Lane[] {
  const isNear = ({ user }: { user: string | null }): boolean => user === owner.owner
  const said = (near: boolean): (number | null)[] => loudestOf(call.parties.filter((party) => isNear(party) === near).map((party) => party.said.levels))
  const bucketMs = call.parties[0]?.said.bucketMs ?? 50
  const recorded = (side: 'left' | 'right'): (number | null)[] => loudestOf(owner.recordings.map(({ peaks }) => peaks[side]))
  const waves = { near: { said: said(true), recorded: recorded('left') }, far: { said: said(false), recorded: recorded('right') } }
  const loudest = [...waves.near.said, ...waves.near.recorded, ...waves.far.said, ...waves.far.recorded].reduce<number>((a, b) => Math.max(a, b ?? 0), 0.05)
  const wave = (name: string, channel: 'near' | 'far'): Lane => ({
    height: 2 * HALF_WAVE + 6,
    draw: (y) => {
      const middle = y + HALF_WAVE + 3
      const path = (kind: string, levels: (number | null)[]): Markup => {
        const { levels: few, each } = reduced(levels, mostPoints)
        const unit = (scale.x(bucketMs * each * 1_000) - scale.x(0)) / 1_000
        const d = wavePath(
          few.map((level) => (level === null ? null : (level / loudest) ** QUIETER)),
          HALF_WAVE,
        )
        return markup`<path class="${kind}" transform="translate(${scale.x(0)} ${middle}) scale(${Math.round(unit * 1e5) / 1e5} 1)" d="${d}"/>`
      }
      const lost = owner.recordings.flatMap((recording) => recording.lost.filter((loss) => loss.channel === channel))
      return markup`${laneName(name, middle + 4)}${path('said', waves[channel].said)}${path('recorded', waves[channel].recorded)}${lost.map(
        ({ fromMs, toMs }) => block('lost', [fromMs, toMs], { y: y + 2, height: 2 * HALF_WAVE + 2, scale, words: 'lost' }),
      )}`
    },
  })
  return [
    title(owner),
    wave('near: the user', 'near'),
    wave('far: everybody else', 'far'),
    band(owner, misses, scale),
    ...compared(misses, scale),
    ...marks('refused, not played', ownMarks(owner), scale),
  ]
}

function title({ owner, mode, tier, outcome, reason }: OwnerResult): Lane {
  const result = outcome === 'nothing' ? 'nothing is known of it' : `${outcome}${reason === null ? '' : `, ${reason}`}`
  return {
    height: 30,
    draw: (y) =>
      markup`<line class="between" x1="0" x2="${PICTURE_WIDTH}" y1="${y + 6.5}" y2="${y + 6.5}"/>${laneName(owner, y + 23, 'owner')}<text class="about" x="${GUTTER}" y="${y + 23}">${result} · ${mode ?? 'no settings'} · ${tier}</text>`,
  }
}

function band({ band: states, held, recordings }: OwnerResult, misses: readonly Miss[], scale: Scale): Lane {
  const [top, height] = [3, 20]
  return {
    height: 28,
    draw: (y) =>
      markup`${laneName('state', y + top + 14)}${states.map(({ state, fromMs, toMs }) =>
        block(`state ${state}`, [fromMs, toMs], { y: y + top, height, scale, words: STATE_WORDS[state] }),
      )}${held.map((span) => block('held', span, { y: y + top, height, scale, words: 'held' }))}${recordings.flatMap(({ captured, endReason, ordinal }) => {
        const endMs = captured.at(-1)?.[1]
        if (endMs === undefined || endReason === null) return []
        const ended = `${writeCallTime(endMs)} recording ${ordinal} ended, ${endReason}`
        return [markup`<g class="ended"><title>${ended}</title><rect x="${scale.x(endMs) - 1.5}" y="${y}" width="3" height="${height + 6}"/></g>`]
      })}${misses.flatMap((miss) => apart(miss).map((span) => block('apart', span, { y: y + top - 2, height: height + 4, scale })))}`,
  }
}

/** What was expected above what came, for what both have a place in the call. */
export function compared(misses: readonly Miss[], scale: Scale): Lane[] {
  const row = (name: string, kind: string, of: (miss: Miss) => Miss['gotSpan'], words: (miss: Miss) => string | null): Lane => ({
    height: 19,
    draw: (y) =>
      markup`${laneName(name, y + 13, 'lane missed')}${misses.map((miss) => {
        const span = of(miss)
        return span === null ? '' : block(kind, span, { y: y + 2, height: 14, scale, words: withoutTimes(words(miss) ?? '') })
      })}`,
  })
  if (!misses.some(({ expectedSpan, gotSpan }) => expectedSpan !== null || gotSpan !== null)) return []
  return [
    row(
      'expected',
      'expected',
      ({ expectedSpan }) => expectedSpan,
      ({ expected }) => expected,
    ),
    row(
      'got',
      'got',
      ({ gotSpan }) => gotSpan,
      ({ got }) => got,
    ),
  ]
}

/** The picture says when. */
function withoutTimes(line: string): string {
  return line.replace(/^[\d:.]+(?: to [\d:.]+)? /, '')
}

/** Refused keys and prompts that were not played. */
function ownMarks({ rejected, recordings }: OwnerResult): Mark[] {
  const prompts = recordings.flatMap((recording) => recording.prompts.filter(({ outcome }) => outcome !== 'played'))
  return [
    ...refusals(rejected),
    ...prompts.map(({ prompt, outcome, fromMs, toMs }) => ({
      atMs: fromMs,
      sign: '♪',
      kind: 'unplayed',
      words: `${prompt} ${outcome} (${spanText([fromMs, toMs])})`,
    })),
  ]
}

interface Mark {
  atMs: number
  sign: string
  kind: string
  words: string
}

export function refusals(rejected: OwnerResult['rejected']): Mark[] {
  return rejected.map(({ atMs, control, reason }) => ({ atMs, sign: '✕', kind: 'rejected', words: `${control} rejected, ${reason}` }))
}

/** Signs at their moments, with their words where there is room; no lane where there are none. */
export function marks(name: string, signs: readonly Mark[], scale: Scale): Lane[] {
  const all = signs.toSorted((a, b) => a.atMs - b.atMs)
  if (all.length === 0) return []
  return [
    {
      height: 20,
      draw: (y) => {
        let freeFrom = -Infinity
        return markup`${laneName(name, y + 14)}${all.map(({ atMs, sign, kind, words }, i) => {
          const x = scale.x(atMs)
          const room = Math.min(PICTURE_WIDTH, scale.x(all[i + 1]?.atMs ?? Infinity)) - x - 12
          const fits = x >= freeFrom && words.length * 6 < room
          freeFrom = x + 12
          return markup`<g class="${kind}"><title>${writeCallTime(atMs)} ${words}</title><text x="${rounded(x - 4)}" y="${y + 14}">${sign}${fits ? ` ${words}` : ''}</text></g>`
        })}`
      },
    },
  ]
}
