import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { runPhase } from '../phase-process.ts'
import { rtpengineVersion } from './daemon.ts'
import type { RtpengineFigures } from './record-rtp.ts'

/** Enough calls that the daemon finds several packets each time it wakes, which makes each cheaper; few enough that one process can send them all. */
const CALLS = 200

/** rtpengine recording to pcap, so many times; `null` when it is not installed. */
export async function rtpengineRounds(root: string, { rounds, seconds }: { rounds: number; seconds: number }): Promise<readonly RtpengineFigures[] | null> {
  if (rtpengineVersion() === null) return null
  const figures: RtpengineFigures[] = []
  for (let round = 0; round < rounds; round++) {
    const recordingDir = join(root, `rtpengine-${round}`)
    figures.push(await runPhase<RtpengineFigures>('rtpengine:record', { recordingDir, calls: CALLS, seconds }))
    rmSync(recordingDir, { recursive: true, force: true })
  }
  return figures
}
