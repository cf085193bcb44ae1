import { markup, type Markup } from '@twinreel/service/markup'
import { writeCallTime } from '@twinreel/contracts/call-time'
import type { CallResult, ScenarioResult } from '../result.ts'
import { picture } from './html-picture.ts'
import { inWords, leftOff, MOST_LINES } from './html-words.ts'
import type { Miss } from './misses.ts'

export interface SectionOptions {
  /** Of its place in the page. */
  id: string
  isOpen: boolean
  /** Buckets of a waveform. */
  mostPoints: number
}

/** One scenario: what is missed, a picture of each call, and how to run it again. */
export function scenarioSection(scenario: ScenarioResult, misses: readonly Miss[], { id, isOpen, mostPoints }: SectionOptions): Markup {
  const { name, file, line, status, description, tags, problem, calls, rerun, seed, generated } = scenario
  const open = isOpen ? markup` open` : ''
  return markup`<details class="scenario ${status}"${open}><summary><span class="badge">${status}</span><bdi class="name">${name}</bdi><span class="soft">${briefly(scenario, misses)}</span></summary><div class="body" id="${id}">
<p class="soft"><code>${file}:${line}</code>, seed ${seed}${generated ? ', generated' : ''} ${tags.map((tag) => markup` <span class="tag">${tag}</span>`)}</p>${description === null ? '' : markup`<p>${description}</p>`}
${problem === null ? '' : markup`<p class="problem"><b>It could not be run to its end:</b> ${problem}</p>`}${calls.map((call, i) => callPart(call, misses, { id: `${id}c${i + 1}`, mostPoints, isAlone: calls.length === 1 }))}${missList(misses, file)}${calls.map((call) => inWords(call, calls.length === 1))}${metList(scenario)}
<p class="again">Run it again: <code>${rerun}</code></p></div></details>
`
}

/** How it went, in half a line. */
export function briefly({ status, problem, calls }: ScenarioResult, misses: readonly Miss[]): string {
  const all = calls.reduce((sum, { expectations, owners }) => sum + expectations.length + owners.reduce((own, owner) => own + owner.expectations.length, 0), 0)
  switch (status) {
    case 'passed':
      return `all ${all} expectations met`
    case 'broken':
      return `could not be run: ${problem ?? ''}`
    case 'failed': {
      const moments = misses.flatMap(({ atMs }) => atMs ?? [])
      return `${misses.length} of ${all} expectations missed${moments.length === 0 ? '' : `, first at ${writeCallTime(moments.reduce((a, b) => Math.min(a, b)))}`}`
    }
  }
}

function missList(misses: readonly Miss[], file: string): Markup {
  if (misses.length === 0) return markup``
  const isOnlyCall = new Set(misses.map(({ call }) => call)).size === 1
  const rows = misses.slice(0, MOST_LINES).map(({ number, atMs, owner, call, about, line, expected, got, differenceWav }) => {
    const who = [...(isOnlyCall ? [] : [call]), ...(owner === null ? ['the call'] : [owner, about])].join(', ')
    const where = line === null ? '' : markup`<br><code class="soft">${file}:${line}</code>`
    const listen = differenceWav === null ? '' : markup`<br><span class="soft">listen: ${differenceWav}</span>`
    return markup`<tr><td><b class="number">${number}</b></td><td class="at">${atMs === null ? '–' : writeCallTime(atMs)}</td><td>${who}${where}</td><td class="line">${expected ?? 'nothing'}</td><td class="line">${got ?? 'nothing'}${listen}</td></tr>`
  })
  return markup`<div class="wide" role="region" aria-label="Missed expectations" tabindex="0"><table class="misses"><thead><tr><th></th><th>at</th><th>of</th><th>expected</th><th>got</th></tr></thead><tbody>${rows}</tbody></table></div>${leftOff(misses.length)}`
}

function callPart(call: CallResult, misses: readonly Miss[], { id, mostPoints, isAlone }: { id: string; mostPoints: number; isAlone: boolean }): Markup {
  const { name, callType, direction, timeZero, lengthMs } = call
  const caption = `${isAlone ? 'Call' : `Call ${name}`}, ${callType}, ${direction}, ${writeCallTime(lengthMs)} long${timeZero === null ? ', never answered' : `, answered at ${timeZero}`}`
  return markup`<figure><figcaption>${caption}</figcaption><div class="wide" role="region" aria-label="Picture of ${caption}" tabindex="0">${picture(
    call,
    misses.filter((miss) => miss.call === name),
    { id, mostPoints },
  )}</div></figure>`
}

function metList({ calls }: ScenarioResult): Markup {
  const met = calls.flatMap((call) =>
    [{ who: 'call', expectations: call.expectations }, ...call.owners.map(({ owner, expectations }) => ({ who: owner, expectations }))].flatMap(
      ({ who, expectations }) =>
        expectations.filter((one) => one.met).map(({ about, expected }) => ({ who: calls.length === 1 ? who : `${call.name}, ${who}`, about, expected })),
    ),
  )
  if (met.length === 0) return markup``
  const rows = met
    .slice(0, MOST_LINES)
    .map(({ who, about, expected }) => markup`<tr><td>✓ ${who}</td><td>${about}</td><td class="line">${expected ?? 'nothing'}</td></tr>`)
  return markup`<details class="more"><summary>${met.length} expectation${met.length === 1 ? '' : 's'} met</summary><table>${rows}</table>${leftOff(met.length)}</details>`
}
