export interface Bar {
  label: string
  /** Not negative. */
  value: number
  /** As people read the value. */
  text: string
}

/** A bar chart for a terminal, one line for each: label, bar, text. The largest bar has `width` characters, one that is not nothing at least one. */
export function bars(all: readonly Bar[], width: number): string[] {
  const most = Math.max(...all.map(({ value }) => value), 0)
  const labelWidth = Math.max(...all.map(({ label }) => label.length), 0)
  return all.map(({ label, value, text }) => {
    const drawn = bar(value, most, width)
    return `${label.padEnd(labelWidth)}  ${drawn}${drawn === '' ? '' : ' '}${text}`
  })
}

/** One bar, in proportion to the largest of its chart. */
export function bar(value: number, most: number, width: number): string {
  return value <= 0 ? '' : '█'.repeat(Math.max(1, Math.round((value / most) * width)))
}
