/** What a record holds under a name that a publisher chose: `constructor` and `__proto__` are names too. */
export function find<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
