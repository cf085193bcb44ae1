import { phoneDigits } from '@twinreel/contracts/phone-number'

/** An id of the file as it may be told: a wrong column map can make a phone number one, and then only how many digits it has is told. */
export function shownId(id: string | null): string | null {
  const digits = id === null ? null : phoneDigits(id)
  return digits === null ? id : `(${digits.length} digits)`
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
