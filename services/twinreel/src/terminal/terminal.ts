/** What a screen is to those that draw on it; `process.stdout` is one where it is a terminal. */
export interface Terminal {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  write(text: string): unknown
}

/** Whether what was printed can be rewritten in place: not in a pipe, nor on a terminal that knows no control sequences. */
export function canRewrite({ isTTY }: Pick<Terminal, 'isTTY'>, { TERM }: Readonly<Record<string, string | undefined>>): boolean {
  return isTTY === true && TERM !== 'dumb'
}

/** Columns and rows. A terminal that somebody else has opened (a script, a container's host) may have none of either, until it is told. */
export function sizeOf({ columns, rows }: Pick<Terminal, 'columns' | 'rows'>): { columns: number; rows: number } {
  return columns && rows ? { columns, rows } : { columns: 80, rows: 24 }
}

/** Whether it may have colours and be drawn on: it has a size, nobody has asked for plain text, and it is not the log of a build. */
export function isForDrawing(terminal: Pick<Terminal, 'isTTY' | 'columns' | 'rows'>, env: Readonly<Record<string, string | undefined>>): boolean {
  return canRewrite(terminal, env) && terminal.columns !== 0 && terminal.rows !== 0 && !env['NO_COLOR'] && (!env['CI'] || env['CI'] === 'false')
}
