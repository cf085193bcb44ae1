/** The first place at which two JSON values differ, and what stands there; `null` when they are equal. Fields go by name, so their order is nothing. */
export function firstDifference(a: unknown, b: unknown, path: readonly string[] = []): { path: string; a: unknown; b: unknown } | null {
  if (Object.is(a, b)) return null
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return { path: path.join('.'), a, b }
  const [one, other] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>]
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const found = firstDifference(one[name], other[name], [...path, name])
    if (found !== null) return found
  }
  return null
}

/** Short enough for a line; a SHA-256 fits. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
