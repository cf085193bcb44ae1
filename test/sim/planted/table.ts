import { CAUGHT } from './caught.ts'
import type { Plant } from './plant.ts'

/** The table of docs/planted-bugs.md. */
export function tableOf(plants: readonly Plant[]): string {
  const rows = plants.map(({ name, breaks, edits }) => `| \`${name}\` | ${breaks} | ${filesOf(edits)} | ${CAUGHT[name]?.by ?? '**not caught yet**'} |`)
  return ['| planted | what is wrong then | where | caught by |', '|---|---|---|---|', ...rows, ''].join('\n')
}

function filesOf(edits: Plant['edits']): string {
  return [...new Set(edits.map(({ file }) => file))].map((file) => `[${file.split('/').at(-1)}](../${file})`).join(', ')
}
