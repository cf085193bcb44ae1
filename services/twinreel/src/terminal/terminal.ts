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

/** Whether it may have colours and be drawn on: nobody has asked for plain text, and it is not the log of a build. */
export function isForDrawing(terminal: Pick<Terminal, 'isTTY'>, env: Readonly<Record<string, string | undefined>>): boolean {
  return canRewrite(terminal, env) && !env['NO_COLOR'] && (!env['CI'] || env['CI'] === 'false')
}
