import { plantAtLoad } from '../sim/planted/hook.ts'
import { changeNamed } from './rule-changes.ts'

// `twinreel replay` of a program in which one rule is another.
const [name = '', ...paths] = process.argv.slice(2)
plantAtLoad(changeNamed(name))
// Only now: what is loaded from here on has the change.
const { runCommandLine } = await import('@twinreel/twinreel/command-line')
await runCommandLine([process.execPath, 'twinreel', 'replay', ...paths])
