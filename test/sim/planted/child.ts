import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { plantAtLoad } from './hook.ts'
import { plantNamed } from './plants.ts'

// Many short processes load the same modules; what has a fault in it has another text, and is compiled anew.
enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/twinreel-planted'))

// One seed after the other, as the parent names them, in a program with one fault in it, or with none; ends when the parent does.
const [name] = process.argv.slice(2)
if (name !== undefined) plantAtLoad(plantNamed(name))
// Only now: what is loaded from here on has the fault.
const { runSeed } = await import('../world/run-seed.ts')

process.on('message', (seed: number) => {
  void runSeed(seed).then(({ violations }) => process.send?.(violations))
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
