/** Seven to fifteen digits, as E.164 has at most, with what people write between them; or the address of one. */
const NUMBER = /^(?:(?:tel|sips?):)?(?:\+?\d{7,15}|\+\d(?:[().\- ]{0,2}\d){6,14})(?:[@;].*)?$/i

/** An id of the file as it may be told: a wrong column map can make a phone number one, and then only how many digits it has is told. */
export function shownId(id: string | null): string | null {
  if (id === null || !NUMBER.test(id)) return id
  return `(${id.replace(/[@;].*$/, '').replaceAll(/\D/g, '').length} digits)`
}
