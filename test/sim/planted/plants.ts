import { AUDIO_PLANTS } from './audio.ts'
import { CATALOG_PLANTS } from './catalog.ts'
import type { Plant } from './plant.ts'
import { RECORDER_PLANTS } from './recorder.ts'
import { RETENTION_PLANTS } from './retention.ts'
import { SESSION_PLANTS } from './session.ts'

/** Every fault that is planted, one at a time, to see whether the simulation finds it. */
export const PLANTS: readonly Plant[] = [...RECORDER_PLANTS, ...SESSION_PLANTS, ...AUDIO_PLANTS, ...CATALOG_PLANTS, ...RETENTION_PLANTS]

/** Throws for a name that nothing has. */
export function plantNamed(name: string): Plant {
  const found = PLANTS.find((plant) => plant.name === name)
  if (found === undefined) throw new Error(`no planted bug is called ${name}; there are: ${PLANTS.map((plant) => plant.name).join(', ')}`)
  return found
}
