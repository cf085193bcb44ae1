import { masked } from './masked.ts'

/** What is said of a fault, with what traffic called things apart from our own words: which numbers a call has is known when all of it was read. */
export interface Told {
  readonly words: readonly string[]
  readonly values: readonly (string | number | Told)[]
}

/** Far above any id. */
const MAX_VALUE_CHARACTERS = 500

/** A tag: ``told`stream ${streamId} twice` ``. Every text that is put in may be an id, and is shown as `masked` allows. */
export function told(words: TemplateStringsArray, ...values: (string | number | Told)[]): Told {
  return { words, values }
}

/** `numbers`: telephone numbers in the call, digits alone. */
export function textOf({ words, values }: Told, numbers: readonly string[]): string {
  const shown = (value: string | number | Told | undefined): string => {
    if (value === undefined) return ''
    if (typeof value === 'object') return textOf(value, numbers)
    return typeof value === 'number' ? String(value) : masked(value, numbers).slice(0, MAX_VALUE_CHARACTERS)
  }
  return words.map((word, i) => word + shown(values[i])).join('')
}
