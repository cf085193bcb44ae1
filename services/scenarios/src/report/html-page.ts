import { markup, type Markup } from '@twinreel/service/markup'
import type { RunResult, ScenarioResult } from '../result.ts'
import { briefly, scenarioSection } from './html-scenario.ts'
import { STYLE } from './html-style.ts'
import { missesOf } from './misses.ts'

/** What a waveform is drawn of at most, alone and all together: a page of many scenarios must still open. */
const MOST_POINTS = 1_000
const LEAST_POINTS = 60
const MOST_POINTS_OF_ALL = 500_000
/** Others stand in the table alone. */
const MOST_SECTIONS = 1_000
const MOST_OPEN = 40

const STATES = ['failed', 'broken', 'passed'] as const
const LEGEND: readonly (readonly [kind: string, words: string])[] = [
  ['said', 'said, not recorded'],
  ['recorded', 'recorded'],
  ['recording', 'recording'],
  ['paused', 'paused'],
  ['announcing', 'announcing'],
  ['standby', 'standby'],
  ['not-recorded', 'not recorded'],
  ['held', 'on hold; gate shut'],
  ['tone', 'tone or beep'],
  ['lost', 'lost'],
  ['ended', 'end of a recording'],
]

/** A run as one page of HTML that needs nothing else: no file, no network, no script. What failed comes first, and is open. */
export function htmlPage(run: RunResult): string {
  const scenarios = STATES.flatMap((state) => run.scenarios.filter(({ status }) => status === state)).map((scenario, i) => ({
    scenario,
    id: `s${i + 1}`,
    misses: missesOf(scenario),
  }))
  const channels = run.scenarios.reduce((sum, { calls }) => sum + calls.reduce((own, { owners }) => own + 4 * owners.length, 0), 0)
  const mostPoints = Math.max(LEAST_POINTS, Math.min(MOST_POINTS, Math.floor(MOST_POINTS_OF_ALL / Math.max(1, channels))))
  const sections = scenarios
    .slice(0, MOST_SECTIONS)
    .map(({ scenario, id, misses }, i) => scenarioSection(scenario, misses, { id, isOpen: scenario.status !== 'passed' && i < MOST_OPEN, mostPoints }))
  const more = scenarios.length - sections.length
  const rows = scenarios.map(
    ({ scenario, id, misses }, i) =>
      markup`<tr class="${scenario.status}"><td><span class="badge">${scenario.status}</span></td><td>${i < sections.length ? markup`<a href="#${id}"><bdi>${scenario.name}</bdi></a>` : markup`<bdi>${scenario.name}</bdi>`}</td><td>${briefly(scenario, misses)}</td><td class="n">${scenario.seconds.toFixed(2)} s</td></tr>`,
  )
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"><title>${headline(run)}</title><style>${STYLE}</style></head><body>
<h1>${headline(run)}</h1>
<p class="soft">${about(run)}</p>
${filters(run)}
<main>
<div class="all" role="region" aria-label="All scenarios" tabindex="0"><table><thead><tr><th>state</th><th>scenario</th><th>what came of it</th><th>took</th></tr></thead><tbody>${rows}</tbody></table></div>
<p class="legend">${LEGEND.map(([kind, words]) => markup`<span><i class="${kind}"></i>${words}</span>`)}<span><b class="number">1</b>missed expectation, at its moment</span></p>
${sections}${more > 0 ? markup`<p class="soft">${more} more stand in the table alone; <code>--tag</code> and <code>--shard</code> make smaller runs.</p>` : ''}</main></body></html>
`
  return page.toString()
}

function headline({ passed, failed, broken, scenarios }: RunResult): string {
  if (failed + broken === 0) return `Scenarios: all ${passed} passed`
  return `Scenarios: ${[...(failed === 0 ? [] : [`${failed} failed`]), ...(broken === 0 ? [] : [`${broken} could not be run`])].join(', ')} of ${scenarios.length}`
}

function about({ mode, seed, shard, tags, seconds }: RunResult): string {
  return [
    mode === 'virtual' ? 'virtual time, exact to the sample' : 'real time, within each scenario’s tolerances',
    ...(seed === null ? [] : [`seed ${seed}`]),
    ...(shard === null ? [] : [`part ${shard.index} of ${shard.of}`]),
    ...(tags.length === 0 ? [] : [`tagged ${tags.join(' or ')}`]),
    `took ${seconds.toFixed(1)} s`,
  ].join(' · ')
}

/** Which states are shown: radio buttons and style alone. */
function filters({ scenarios }: RunResult): Markup {
  const count = (state: ScenarioResult['status']): number => scenarios.filter(({ status }) => status === state).length
  const choices = [{ state: 'all', words: `all ${scenarios.length}` }, ...STATES.map((state) => ({ state, words: `${count(state)} ${state}` }))]
  return markup`${choices.map(({ state }) => markup`<input type="radio" name="show" id="show-${state}"${state === 'all' ? markup` checked` : ''}>`)}<div class="filter">${choices.map(
    ({ state, words }) => markup`<label for="show-${state}">${words}</label>`,
  )}</div>`
}
