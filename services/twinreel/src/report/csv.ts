export type Cell = string | number | null

/** A table as comma-separated values (RFC 4180): a line of names, then a line for each row; fields with commas, quotes or line breaks are quoted. */
export function csvOf(names: readonly string[], rows: Iterable<readonly Cell[]>): string {
  return [names, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('')
}

function field(cell: Cell): string {
  const text = cell === null ? '' : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
