/** A command is repeated soon or never. */
const MOST = 1_024

/** Notes that a command was obeyed; false when it was before. The oldest are forgotten. */
export function isFirst(obeyed: Set<string>, id: string): boolean {
  if (obeyed.has(id)) return false
  const oldest = obeyed.values().next()
  if (obeyed.size >= MOST && oldest.done !== true) obeyed.delete(oldest.value)
  obeyed.add(id)
  return true
}
