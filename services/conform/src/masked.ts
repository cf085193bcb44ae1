/** So many digits may be a telephone number; E.164 has at most fifteen. */
const NUMBER = /^(?:tel:|sips?:)?\+?\d[\d().\- ]{5,20}\d(?:@.*)?$/i

export function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, '')
}

/** Whether the text as a whole is a telephone number. */
export function isNumber(text: string): boolean {
  const digits = digitsOf(text.split('@', 1)[0] ?? '').length
  return NUMBER.test(text) && digits >= 7 && digits <= 15
}

/** An id as it may be shown: a telephone number is not, nor one of `numbers` (digits alone) that is part of it. */
export function masked(text: string, numbers: Iterable<string> = []): string {
  if (isNumber(text)) return `(${digitsOf(text).length} digits)`
  const digits = digitsOf(text)
  for (const number of numbers) if (holds(digits, number)) return `(holds a number of ${number.length} digits)`
  return text
}

/** National numbers and international ones of the same line share their last digits. */
export function holds(digits: string, number: string): boolean {
  return number.length >= 7 && digits.includes(number.slice(-9))
}
