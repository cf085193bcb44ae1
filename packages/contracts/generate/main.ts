import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { documents } from './documents.ts'
import { DOCS, GOLDEN, filesOf } from './folders.ts'
import { SHIPPED_FILE, withNewGoldens } from './shipped.ts'

// `pnpm run docs`: writes docs/asyncapi anew and registers goldens that are new.
rmSync(DOCS, { recursive: true, force: true })
const written = documents()
for (const [file, text] of written) {
  const path = join(DOCS, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
writeFileSync(join(GOLDEN, SHIPPED_FILE), withNewGoldens(filesOf(GOLDEN)))
process.stdout.write(`${written.size} documents in docs/asyncapi\n`)
