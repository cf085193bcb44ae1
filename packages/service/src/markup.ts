/** HTML that may stand in a page as it is. Made by `markup` alone, so that what somebody wrote can never become a tag. */
export class Markup {
  readonly #text: string
  constructor(strings: readonly string[], values: readonly Insert[]) {
    this.#text = strings.map((text, i) => (i === 0 ? text : `${inserted(values[i - 1] ?? '')}${text}`)).join('')
  }
  toString(): string {
    return this.#text
  }
}

/** What a template takes: HTML as it is, anything else as the text that it is, lists one after the other. */
export type Insert = Markup | string | number | readonly Insert[]

/** A template of HTML: every value in it is escaped, but for HTML made by this function. Values stand in text or in attributes in quotes. */
export function markup(strings: TemplateStringsArray, ...values: readonly Insert[]): Markup {
  return new Markup(strings, values)
}

function inserted(value: Insert): string {
  if (value instanceof Markup) return value.toString()
  if (typeof value === 'object') return value.map(inserted).join('')
  return String(value).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
