/** What rtpengine's ng protocol says in: byte strings (here as latin1), integers, lists and dictionaries. */
export type Bencoded = string | number | readonly Bencoded[] | { readonly [key: string]: Bencoded }

/** Dictionary keys go out in the order given: the daemon does not mind. */
export function bencode(value: Bencoded): string {
  if (typeof value === 'string') return `${Buffer.byteLength(value, 'latin1')}:${value}`
  if (typeof value === 'number') return `i${Math.trunc(value)}e`
  if (isList(value)) return `l${value.map(bencode).join('')}e`
  return `d${Object.entries(value)
    .map(([key, inner]) => bencode(key) + bencode(inner))
    .join('')}e`
}

/** Throws with the position when `text` is not one bencoded value. */
export function bdecode(text: string): Bencoded {
  const { value, end } = read(text, 0)
  if (end !== text.length) throw new Error(`bencode: more follows at ${end}`)
  return value
}

function read(text: string, at: number): { value: Bencoded; end: number } {
  switch (text[at]) {
    case 'i': {
      const end = text.indexOf('e', at)
      const value = Number(text.slice(at + 1, end))
      if (end === -1 || !Number.isInteger(value)) throw new Error(`bencode: no integer at ${at}`)
      return { value, end: end + 1 }
    }
    case 'l': {
      const { values, end } = readUntilEnd(text, at + 1)
      return { value: values, end }
    }
    case 'd': {
      const { values, end } = readUntilEnd(text, at + 1)
      const entries: Record<string, Bencoded> = {}
      for (let i = 0; i < values.length; i += 2) {
        const [key, inner] = [values[i], values[i + 1]]
        if (typeof key !== 'string' || inner === undefined) throw new Error(`bencode: no dictionary at ${at}`)
        entries[key] = inner
      }
      return { value: entries, end }
    }
    default: {
      const colon = text.indexOf(':', at)
      const length = colon === -1 ? Number.NaN : Number(text.slice(at, colon))
      const end = colon + 1 + length
      if (!Number.isInteger(length) || length < 0 || end > text.length) throw new Error(`bencode: no value at ${at}`)
      return { value: text.slice(colon + 1, end), end }
    }
  }
}

function readUntilEnd(text: string, from: number): { values: Bencoded[]; end: number } {
  const values: Bencoded[] = []
  let at = from
  while (text[at] !== 'e') {
    const { value, end } = read(text, at)
    values.push(value)
    at = end
  }
  return { values, end: at + 1 }
}

function isList(value: readonly Bencoded[] | { readonly [key: string]: Bencoded }): value is readonly Bencoded[] {
  return Array.isArray(value)
}
