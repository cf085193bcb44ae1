/** Seven to fifteen digits, as E.164 has at most, with what people write between them; or the address of one. */
const NUMBER = /^(?:(?:tel|sips?):)?(?:\+?\d{7,15}|\+\d(?:[().\- ]{0,2}\d){6,14})(?:[@;].*)?$/i

/** As people write them without a plus: `030 1234567`, `(030) 1234567`, `202-555-0123`. */
const WRITTEN = /^(?:\(?\d{2,5}\)?[ /]\d{2,5}(?:[ /-]?\d{2,5}){0,3}|\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4})$/

/** An id of the file as it may be told: a wrong column map can make a phone number one, and then only how many digits it has is told. */
export function shownId(id: string | null): string | null {
  if (id === null || !(NUMBER.test(id) || WRITTEN.test(id))) return id
  return `(${id.replace(/[@;].*$/, '').replaceAll(/\D/g, '').length} digits)`
}

const MOST_SHAPE = 40

/** How a cell looks, without what it says: `+99 99 9999999`, `aaa.aaa@aaaaaa.aaa`. */
export function shapeOf(cell: string): string {
  const shape = cell
    .slice(0, MOST_SHAPE)
    .replaceAll(/\p{N}/gu, '9')
    .replaceAll(/[\p{L}\p{M}]/gu, 'a')
  return JSON.stringify(cell.length > MOST_SHAPE ? `${shape}…` : shape)
}
