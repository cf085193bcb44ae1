import stringWidth from 'string-width'

const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** As wide as `width` columns of a terminal: cut, or filled with spaces. */
export function fitted(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const shown = cut(text, width)
  const fill = ' '.repeat(Math.max(0, width - stringWidth(shown)))
  return side === 'left' ? `${shown}${fill}` : `${fill}${shown}`
}

/** `width` columns of a terminal at most. What would move the cursor becomes a space. */
export function cut(text: string, width: number): string {
  const plain = text.replaceAll(/\p{Cc}/gu, ' ')
  if (stringWidth(plain) <= width) return plain
  let shown = ''
  let left = width - 1
  for (const { segment } of letters.segment(plain)) {
    left -= stringWidth(segment)
    if (left < 0) break
    shown += segment
  }
  return width < 1 ? '' : `${shown}…`
}
