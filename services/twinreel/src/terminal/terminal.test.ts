import { expect, it } from 'vitest'
import { isForDrawing } from './terminal.ts'

it.each([
  ['a terminal', { isTTY: true, columns: 80, rows: 24 }, {}, true],
  ['one that does not say how large it is', { isTTY: true }, {}, true],
  ['a pipe', {}, {}, false],
  ['one without a size, as a script’s or a container’s', { isTTY: true, columns: 0, rows: 0 }, {}, false],
  ['one that knows no control sequences', { isTTY: true, columns: 80, rows: 24 }, { TERM: 'dumb' }, false],
  ['the log of a build', { isTTY: true, columns: 80, rows: 24 }, { CI: 'true' }, false],
  ['who wants plain text', { isTTY: true, columns: 80, rows: 24 }, { NO_COLOR: '1' }, false],
] as const)('%s is drawn on, or not', (_, terminal, env, isDrawn) => {
  expect(isForDrawing(terminal, env)).toBe(isDrawn)
})
