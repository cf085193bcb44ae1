import { CAPTURE } from './capture.ts'
import { CONTROLS } from './controls.ts'
import { ELIGIBILITY } from './eligibility.ts'
import { GATE } from './gate.ts'
import { PEOPLE } from './people.ts'
import type { Rule } from './rule.ts'
import { SEALING } from './sealing.ts'
import { TROUBLE } from './trouble.ts'

/** Every rule of the session machine that a call can show, file by file. */
export const RULES: readonly Rule[] = [...ELIGIBILITY, ...CONTROLS, ...CAPTURE, ...GATE, ...PEOPLE, ...SEALING, ...TROUBLE]
