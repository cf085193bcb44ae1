import { markup, type Markup } from '@twinreel/service/markup'
import type { CallResult, OwnerResult, Span } from '../result.ts'
import { spanText } from './html-lanes.ts'
import { STATE_WORDS } from './html-owner-lanes.ts'

interface Told {
  span: Span
  who: string
  what: string
}

/** More would be no easier to read. */
export const MOST_LINES = 300

/** All that a call's picture shows, as a table in the order of time. */
export function inWords(call: CallResult, isAlone: boolean): Markup {
  const told = [...ofCall(call), ...call.owners.flatMap(ofOwner)].toSorted((a, b) => a.span[0] - b.span[0] || a.span[1] - b.span[1])
  const rows = told.slice(0, MOST_LINES).map(({ span, who, what }) => markup`<tr><td>${spanText(span)}</td><td>${who}</td><td>${what}</td></tr>`)
  return markup`<details class="more"><summary>The picture in words${isAlone ? '' : `: call ${call.name}`}</summary><table>${rows}</table>${leftOff(told.length)}</details>`
}

export function leftOff(count: number): Markup {
  return count <= MOST_LINES ? markup`` : markup`<p class="soft">${count - MOST_LINES} more are left off here; <code>--json</code> has all.</p>`
}

function ofCall({ story, prompts, gateShut, releasedMs, rejected, parties, deadLetters }: CallResult): Told[] {
  return [
    ...story.map(({ atMs, text }): Told => ({ span: [atMs, atMs], who: 'happens', what: text.replace(/^-?[\d:.]+ /, '') })),
    ...parties.map(({ name, joinedMs, leftMs }): Told => ({ span: [joinedMs, leftMs], who: 'call', what: `${name} is in the call` })),
    ...prompts.map(({ prompt, fromMs, toMs }): Told => ({ span: [fromMs, toMs], who: 'call', what: `${prompt} heard` })),
    ...gateShut.map((span): Told => ({ span, who: 'call', what: 'gate shut' })),
    ...(releasedMs === null ? [] : [{ span: [releasedMs, releasedMs] as const, who: 'call', what: 'asked to release the call' }]),
    ...rejected.map(({ atMs, control, reason }): Told => ({ span: [atMs, atMs], who: 'call', what: `${control} rejected, ${reason}` })),
    ...deadLetters.map(({ reason, detail }): Told => ({ span: [0, 0], who: 'call', what: `dead letter (without a moment): ${reason}, ${detail}` })),
  ]
}

function ofOwner({ owner, band, held, rejected, recordings }: OwnerResult): Told[] {
  const who = owner
  return [
    ...band.map(({ state, fromMs, toMs }): Told => ({ span: [fromMs, toMs], who, what: STATE_WORDS[state] })),
    ...held.map((span): Told => ({ span, who, what: 'held' })),
    ...rejected.map(({ atMs, control, reason }): Told => ({ span: [atMs, atMs], who, what: `${control} rejected, ${reason}` })),
    ...recordings.flatMap(({ ordinal, captured, endReason, lost, prompts }): Told[] => {
      const endMs = captured.at(-1)?.[1]
      return [
        ...lost.map(({ channel, fromMs, toMs }): Told => ({ span: [fromMs, toMs], who, what: `${channel} lost` })),
        ...prompts
          .filter(({ outcome }) => outcome !== 'played')
          .map(({ prompt, outcome, fromMs, toMs }): Told => ({ span: [fromMs, toMs], who, what: `${prompt} ${outcome}` })),
        ...(endMs === undefined || endReason === null ? [] : [{ span: [endMs, endMs] as const, who, what: `recording ${ordinal} ended, ${endReason}` }]),
      ]
    }),
  ]
}
