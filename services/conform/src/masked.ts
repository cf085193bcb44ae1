import { phoneDigits } from '@twinreel/contracts/phone-number'

/** An id as it may be shown: a telephone number is not, nor one of `numbers` (digits alone) that is part of it. */
export function masked(text: string, numbers: Iterable<string> = []): string {
  const own = phoneDigits(text)
  if (own !== null) return `(${own.length} digits)`
  for (const number of numbers) if (holdsNumber(text, number)) return `(holds a number of ${number.length} digits)`
  return text
}

/** National numbers and international ones of the same line share their last digits. */
export function holdsNumber(text: string, number: string): boolean {
  return number.length >= 7 && text.replaceAll(/\D/g, '').includes(number.slice(-9))
}
