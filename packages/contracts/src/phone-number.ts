/** The part that is called: of a tel or SIP URI without its scheme, host and parameters (RFC 3966, RFC 3261 §19.1). */
const CALLED = /^(?:(?:tel|sips?):)?([^@;]*)/i
/** All digits; or, behind a plus, with what people write between them. */
const PLAIN = /^(?:\+?\d+|\+\d(?:[()./\- ]{0,2}\d)+)$/
/** As people write them without a plus: `030 1234567`, `(030) 1234567`, `202-555-0123`. Dates and counted ids are none. */
const WRITTEN = /^(?:\(?\d{2,5}\)?[ /]\d{2,5}(?:[ /-]?\d{2,5}){0,3}|(?:\d{1,3}[-. ])?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4})$/

/** The digits of what is called by a number, an address or a name. */
export function calledDigits(text: string): string {
  return (CALLED.exec(text.trim())?.[1] ?? '').replaceAll(/\D/g, '')
}

/** The digits of a text that as a whole looks like a telephone number: seven to fifteen, as E.164 has at most. `null` for any other. */
export function phoneDigits(text: string): string | null {
  const called = CALLED.exec(text.trim())?.[1] ?? ''
  const digits = called.replaceAll(/\D/g, '')
  return (PLAIN.test(called) || WRITTEN.test(called)) && digits.length >= 7 && digits.length <= 15 ? digits : null
}
