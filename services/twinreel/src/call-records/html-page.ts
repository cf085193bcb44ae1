import { STATUSES, type Finding } from '@twinreel/call-records/finding'
import { markup, type Markup } from '@twinreel/service/markup'
import { writeWhole } from '../export/write-whole.ts'
import { counted } from '../format.ts'
import { factLines, hoursOf, hourText, momentText, secondsText, STATUS_WORDS, usersText, whoText, type HourCount, type PageFacts } from './page.ts'

/** More than a browser shows at ease; the rest is counted. */
const MAX_FINDINGS = 5_000

const STYLE = markup`
body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.35rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse}td,th{padding:.15rem .6rem .15rem 0;text-align:left;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}.bar{display:flex;height:.9rem;width:26rem}.bar i{display:block;height:100%}
.track{position:relative;height:.9rem;background:#3b7a57;margin:.2rem 0}.track i{position:absolute;top:0;bottom:0;min-width:2px}
article{border-top:1px solid #ddd;padding:.5rem 0}article p{margin:.1rem 0}.who{color:#555}code{font-size:.95em}.doubt{border-left:4px solid #b3261e;padding-left:.6rem}
.recorded{background:#3b7a57}.partly{background:#d18f00}.not-recorded{background:#b3261e}.recorded-without-record{background:#6a4fa3}
.recorded-in-error{background:#c2185b}.intentionally-not-recorded{background:#b8bcc2}.ambiguous{background:#5f6b7a}
.gap{background:#b3261e}.purpose{background:#b8bcc2}.excess{background:#c2185b}
.tag{color:#fff;padding:0 .4rem;border-radius:.2rem}.tag.intentionally-not-recorded{color:#1a1a1a}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}.who{color:#aaa}article{border-color:#333}}`

/**
 * Writes the page: one file that needs nothing else, without scripts, whole or not at all. It holds ids and times, no phone number.
 */
export async function writeHtmlPage(path: string, facts: PageFacts, hours: readonly HourCount[], findings: Iterable<Finding>): Promise<void> {
  const encoder = new TextEncoder()
  await writeWhole(path, async (sink) => {
    const write = (part: Markup): Promise<void> => sink(encoder.encode(part.toString()))
    await write(head(facts, hours))
    let count = 0
    for (const finding of findings) if (++count <= MAX_FINDINGS) await write(article(finding))
    if (count === 0 && facts.doubts.length === 0) await write(markup`<p>Nothing is missing, and nothing is too much.</p>\n`)
    if (count > MAX_FINDINGS) await write(markup`<p>${count - MAX_FINDINGS} more are left off here: <code>--json</code> lists all.</p>\n`)
    const counts = STATUSES.map(
      (status) => markup`<tr><td><span class="tag ${status}">${STATUS_WORDS[status]}</span></td><td class="n">${facts.counts[status]}</td></tr>`,
    )
    await write(markup`<h2>Counts</h2>\n<table>${counts}</table>\n</body></html>\n`)
  })
}

function head(facts: PageFacts, hours: readonly HourCount[]): Markup {
  const title = `Calls and recordings, ${momentText(facts.fromMs).slice(0, 16)} to ${momentText(facts.toMs).slice(0, 16)} UTC`
  const all = hoursOf(hours)
  const most = Math.max(...all.map(({ total }) => total), 1)
  const rows = all.map(({ hourMs, counts, total }) => {
    const parts = STATUSES.flatMap((status) => {
      const count = counts[status] ?? 0
      return count === 0 ? [] : [markup`<i class="${status}" style="width:${share(count, most)}" title="${count} ${STATUS_WORDS[status]}"></i>`]
    })
    const wrong = STATUSES.filter((status) => status !== 'recorded' && status !== 'intentionally-not-recorded').reduce(
      (sum, status) => sum + (counts[status] ?? 0),
      0,
    )
    return markup`<tr><td>${hourText(hourMs)}</td><td><div class="bar">${parts}</div></td><td class="n">${total}</td><td class="n">${wrong === 0 ? '' : wrong}</td></tr>`
  })
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${title}</title><style>${STYLE}</style></head><body>
<h1>${title}</h1>
${facts.doubts.map(({ what, next }) => markup`<p class="doubt"><b>Nothing follows from this page:</b> ${what}.<br>${next}.</p>\n`)}<p>${counted(facts.records, 'record')}${usersText(facts)}, in <code>${facts.file}</code>, against the ledger; clocks may differ by ${facts.toleranceMs} ms. Times are UTC.</p>
<h2>Hours</h2>
<table><tr><th>hour</th><th>calls</th><th></th><th>to look at</th></tr>${rows}</table>
<h2>To look at</h2>
`
}

function article(finding: Finding): Markup {
  const { fromMs, toMs, status, gaps, onPurpose, excesses, expectedMs, capturedMs } = finding
  const [first, last] = [Math.min(fromMs, ...excesses.map((span) => span.fromMs)), Math.max(toMs, ...excesses.map((span) => span.toMs))]
  const piece = (kind: string) => (span: { fromMs: number; toMs: number }) =>
    markup`<i class="${kind}" style="left:${share(span.fromMs - first, last - first)};width:${share(span.toMs - span.fromMs, last - first)}"></i>`
  const track =
    expectedMs === 0 && excesses.length === 0
      ? ''
      : markup`<div class="track">${onPurpose.map(piece('purpose'))}${gaps.map(piece('gap'))}${excesses.map(piece('excess'))}</div>`
  return markup`<article><p><b>${momentText(fromMs)} – ${momentText(toMs).slice(11)}</b> <span class="tag ${status}">${STATUS_WORDS[status]}</span>${expectedMs > 0 ? ` ${secondsText(capturedMs)} of ${secondsText(expectedMs)}` : ''}</p>
<p class="who">${whoText(finding)}</p>${track}${factLines(finding).map((line) => markup`<p>${line}</p>`)}</article>
`
}

function share(part: number, of: number): string {
  return `${((100 * part) / Math.max(of, 1)).toFixed(3)}%`
}
