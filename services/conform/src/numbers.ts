import type { CallEventData } from '@twinreel/contracts/call-events'
import { calledDigits, phoneDigits } from '@twinreel/contracts/phone-number'
import type { CallWatch } from './call-watch.ts'

const MAX_NUMBERS = 1_024
const MAX_LEVELS = 4
const IN_WHICH = new Set(['number', 'dialledDigits', 'from', 'to', 'by'])

/** The telephone numbers of a call's beginning, so that no id that holds one is shown. Also of a second one, which is refused: its ids are told. */
export function rememberNumbers(call: CallWatch, { participants, dialledDigits, redirections }: CallEventData<'call.started'>): void {
  for (const { number } of participants) if (number !== undefined) rememberNumber(call, number)
  if (dialledDigits !== undefined) rememberNumber(call, dialledDigits)
  for (const { from, to, by } of redirections)
    for (const number of [from, to, by]) if (number !== undefined && phoneDigits(number) !== null) rememberNumber(call, number)
}

export function rememberNumber(call: Pick<CallWatch, 'numbers'>, number: string): void {
  const digits = calledDigits(number)
  if (digits.length >= 7 && call.numbers.size < MAX_NUMBERS) call.numbers.add(digits)
}

/** What can't be taken may still have told the numbers. */
export function rememberNumbersIn(call: Pick<CallWatch, 'numbers'>, value: Uint8Array | null): void {
  if (value === null || value[0] !== 0x7b) return
  try {
    visit(call, JSON.parse(new TextDecoder().decode(value)), MAX_LEVELS)
  } catch {
    // No JSON: its own fault is told.
  }
}

function visit(call: Pick<CallWatch, 'numbers'>, json: unknown, levels: number): void {
  if (typeof json !== 'object' || json === null || levels === 0) return
  for (const [name, inside] of Object.entries(json)) {
    if (typeof inside !== 'string') visit(call, inside, levels - 1)
    else if (IN_WHICH.has(name) && phoneDigits(inside) !== null) rememberNumber(call, inside)
  }
}
