/**
 * Blanks the insides of comments, strings, templates and regular expressions of TypeScript, and keeps every line and column, so
 * that a pattern finds code and not talk about code. Code inside `${…}` stays.
 */
export function mask(text: string): string {
  const out = text.split('')
  /** Per open template: how many braces are open inside its current `${`. */
  const templates: number[] = []
  let at = 0
  const blank = (from: number, to: number): void => {
    for (let i = from; i < to; i++) if (out[i] !== '\n') out[i] = ' '
  }
  /** Blanks from `at` to the delimiter, and leaves `at` behind it. */
  const skipTo = (delimiter: string): void => {
    const from = at
    while (at < text.length && text[at] !== delimiter && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1
    blank(from, at)
    at++
  }
  const template = (): void => {
    const from = at
    while (at < text.length && text[at] !== '`' && !text.startsWith('${', at)) at += text[at] === '\\' ? 2 : 1
    blank(from, at)
    if (text[at] === '$') {
      templates.push(0)
      at += 2
    } else at++
  }
  while (at < text.length) {
    const character = text[at]
    const open = templates.length - 1
    if (text.startsWith('//', at) || (at === 0 && text.startsWith('#!'))) {
      const end = text.indexOf('\n', at)
      blank(at, end === -1 ? text.length : end)
      at = end === -1 ? text.length : end
    } else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2)
      blank(at, end === -1 ? text.length : end + 2)
      at = end === -1 ? text.length : end + 2
    } else if (character === "'" || character === '"') {
      at++
      skipTo(character)
    } else if (character === '`') {
      at++
      template()
    } else if (character === '/' && regexMayStart(out, at)) {
      at++
      skipRegex()
    } else {
      if (character === '{' && open >= 0) templates[open] = (templates[open] ?? 0) + 1
      if (character === '}' && open >= 0) {
        if (templates[open] === 0) {
          templates.pop()
          at++
          template()
          continue
        }
        templates[open] = (templates[open] ?? 0) - 1
      }
      at++
    }
  }
  return out.join('')

  function skipRegex(): void {
    const from = at
    let inClass = false
    while (at < text.length && text[at] !== '\n' && (inClass || text[at] !== '/')) {
      if (text[at] === '[') inClass = true
      if (text[at] === ']') inClass = false
      at += text[at] === '\\' ? 2 : 1
    }
    blank(from, at)
    at++
  }
}

/** A slash begins a regular expression where a value may begin, and divides where one has just ended. */
function regexMayStart(out: readonly string[], at: number): boolean {
  let before = at - 1
  while (before >= 0 && /\s/.test(out[before] ?? '')) before--
  if (before < 0) return true
  if (!/[\w$)\]}'"`]/.test(out[before] ?? '')) return true
  let word = before
  while (word >= 0 && /[\w$]/.test(out[word] ?? '')) word--
  return /^(?:return|typeof|case|in|of|yield|await|throw)$/.test(out.slice(word + 1, before + 1).join(''))
}
