import { RESERVED_WORDS } from '@twinreel/scenarios/language/reserved-words'

const INVENTED = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy', 'kim', 'leo', 'maya', 'nick', 'olga', 'paul'] as const

export interface PlainNames {
  /** A name that nobody has yet: of the first of these texts that makes a short plain word, else an invented one. */
  give(texts: readonly (string | undefined)[]): string
}

export function plainNames(): PlainNames {
  const given = new Set<string>()
  const free = (name: string): boolean => !given.has(name) && !RESERVED_WORDS.has(name)
  return {
    give(texts) {
      const word = texts.map((text) => plainWord(text ?? '')).find((found) => found !== null) ?? INVENTED.find(free) ?? 'guest'
      let name: string = word
      for (let n = 2; !free(name); n += 1) name = `${word}-${n}`
      given.add(name)
      return name
    },
  }
}

/** Small letters, digits and hyphens, at most 24; `null` for what is none, or could be a number that somebody can be called at. */
export function plainWord(text: string): string | null {
  const name = text
    .replace(/@.*$/, '')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
  return name === '' || name.length > 24 || /\d(?:-?\d){2}/.test(text) ? null : name
}
