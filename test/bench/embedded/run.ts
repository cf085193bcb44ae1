import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { median } from '../figures.ts'
import type { Measured } from '../measure.ts'
import { runPhase } from '../phase-process.ts'
import type { Goal, Report } from '../report.ts'
import type { EmbeddedInput } from './phases.ts'

const SECONDS = 180
const SEGMENT_BYTES = 60 * 2 * 8_000
const REACH = { speed: 0.6, segments: 1.25 }

/** The embedded engines below `root`: what recording costs against loops that move the same bytes, and what a live call holds in memory. */
export async function benchEmbedded({ root, isQuick }: { root: string; isQuick: boolean }): Promise<Report> {
  const calls = isQuick ? 40 : 200
  const rounds = isQuick ? 1 : 3
  const callMinutes = (calls * SECONDS) / 60
  const source = { dataDir: join(root, 'source'), calls, seconds: SECONDS }
  await runPhase('embedded:publish', source)
  const record: Measured[] = []
  const hashWrite: Measured[] = []
  const discard: Measured[] = []
  for (let round = 0; round < rounds; round++) {
    record.push(await onCopy('embedded:record', source))
    hashWrite.push(await onCopy('embedded:hash-write', source))
    discard.push(await onCopy('embedded:discard', source))
  }
  const cost = (what: string, measured: readonly Measured[]) => ({
    what,
    cpuMsPerCallMinute: median(measured.map(({ cpuMs }) => cpuMs)) / callMinutes,
    wallMs: measured.map(({ wallMs }) => wallMs),
  })
  const against = (yardstick: readonly Measured[], of: keyof Measured) => median(yardstick.map((one, round) => one[of] / (record[round]?.[of] ?? 0)))
  const live = await memoryOfACall(root)
  return {
    title: `Twinreel bench: ${calls} dual-stream PCMU calls of ${SECONDS} s (${callMinutes} call-minutes), ${rounds} round(s), each phase in a process of its own`,
    costs: [
      cost('recorder: log → directory + catalog', record),
      cost('consume, hash, write the same objects', hashWrite),
      cost('consume and discard', discard),
    ],
    notes: [
      `speed against consume, hash, write: ${against(hashWrite, 'wallMs').toFixed(2)} × by wall clock`,
      `speed against consume and discard: ${against(discard, 'cpuMs').toFixed(2)} × by CPU`,
      `memory per live call: ${(live.bytesPerCall / 1_000).toFixed(0)} kB (500 calls in phase − 50, ÷ 450); an unsealed segment has ${SEGMENT_BYTES / 1_000} kB`,
    ],
    goals: [{ what: 'speed against consume, hash, write', value: against(hashWrite, 'cpuMs'), unit: '× by CPU', reach: { atLeast: REACH.speed } }, live.goal],
  }
}

/** Every phase begins with the same log and an empty store and catalog. */
async function onCopy(phase: string, source: EmbeddedInput): Promise<Measured> {
  const dataDir = `${source.dataDir}-copy`
  cpSync(source.dataDir, dataDir, { recursive: true })
  const measured = await runPhase<Measured>(phase, { ...source, dataDir })
  rmSync(dataDir, { recursive: true, force: true })
  return measured
}

async function memoryOfACall(root: string): Promise<{ bytesPerCall: number; goal: Goal }> {
  const bytesPerCall = ((await memory(root, 500)) - (await memory(root, 50))) / 450
  return {
    bytesPerCall,
    goal: { what: 'memory per live call', value: bytesPerCall / SEGMENT_BYTES, unit: 'unsealed segments', reach: { atMost: REACH.segments } },
  }
}

async function memory(root: string, calls: number): Promise<number> {
  const dataDir = join(root, `memory-${calls}`)
  const { bytes } = await runPhase<{ bytes: number }>('embedded:memory', { dataDir, calls, seconds: 0 })
  rmSync(dataDir, { recursive: true, force: true })
  return bytes
}
