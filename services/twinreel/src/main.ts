import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Stripping types and compiling is half of a short command's time. Beside the modules themselves, not in a directory anybody may write to.
enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/twinreel'))
const { runCommandLine } = await import('./command-line.ts')
await runCommandLine(process.argv)
