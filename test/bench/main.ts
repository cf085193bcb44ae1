import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Measured } from './phases.ts'

/**
 * `pnpm bench [--quick] [--strict]`: what recording costs, against loops that move the same bytes in the same run. Prints figures and ratios, and which goals are
 * reached; only with `--strict` does a goal that is not reached make it fail, because a busy machine is no fault of the code.
 */
const isQuick = process.argv.includes('--quick')
const CALLS = isQuick ? 40 : 200
const SECONDS = 180
const ROUNDS = isQuick ? 1 : 3
const SEGMENT_BYTES = 60 * 2 * 8_000
const REACH = { speed: 0.6, segments: 1.25 }

const root = mkdtempSync(join(tmpdir(), 'twinreel-bench-'))
try {
  const reached = run()
  process.exitCode = reached || !process.argv.includes('--strict') ? 0 : 1
} finally {
  rmSync(root, { recursive: true, force: true })
}

function run(): boolean {
  const callMinutes = (CALLS * SECONDS) / 60
  console.log(
    `Twinreel bench: ${CALLS} dual-stream PCMU calls of ${SECONDS} s (${callMinutes} call-minutes), ${ROUNDS} round(s), each phase in a process of its own\n`,
  )
  const source = join(root, 'source')
  child('publish', source, CALLS, SECONDS)
  const rounds = Array.from({ length: ROUNDS }, (_, round) => ({
    record: phase('record', source, round),
    hashWrite: phase('hash-write', source, round),
    discard: phase('discard', source, round),
  }))
  const [record, hashWrite, discard] = (['record', 'hashWrite', 'discard'] as const).map(
    (name) => median(rounds.map((round) => round[name].cpuMs)) / callMinutes,
  )
  print(
    'recorder: log → directory + catalog',
    record,
    rounds.map((round) => round.record.wallMs),
  )
  print(
    'consume, hash, write the same objects',
    hashWrite,
    rounds.map((round) => round.hashWrite.wallMs),
  )
  print(
    'consume and discard',
    discard,
    rounds.map((round) => round.discard.wallMs),
  )
  const speed = median(rounds.map((round) => round.hashWrite.cpuMs / round.record.cpuMs))
  const wall = median(rounds.map((round) => round.hashWrite.wallMs / round.record.wallMs))
  const replay = median(rounds.map((round) => round.discard.cpuMs / round.record.cpuMs))
  console.log(`\nspeed against consume-hash-write: ${speed.toFixed(2)} by CPU, ${wall.toFixed(2)} by wall clock (reach ≥ ${REACH.speed} by CPU)`)
  console.log(`speed against consume-and-discard: ${replay.toFixed(2)} by CPU`)
  const segments = memoryInSegments()
  const verdicts = [verdict(speed >= REACH.speed, 'speed'), verdict(segments <= REACH.segments, 'memory')]
  return verdicts.every(Boolean)
}

function memoryInSegments(): number {
  const [few, many] = [50, 500].map((calls) => memory(calls))
  const perCall = ((many ?? 0) - (few ?? 0)) / 450
  const segments = perCall / SEGMENT_BYTES
  console.log(
    `memory per live call: ${(perCall / 1_000).toFixed(0)} kB = ${segments.toFixed(3)} unsealed segments of ${SEGMENT_BYTES / 1_000} kB (500 calls in phase − 50, ÷ 450; reach ≤ ${REACH.segments})`,
  )
  return segments
}

function memory(calls: number): number {
  const dataDir = join(root, `memory-${calls}`)
  const { bytes } = child('memory', dataDir, calls, 0) as { bytes: number }
  rmSync(dataDir, { recursive: true, force: true })
  return bytes
}

/** Every phase begins with the same log and an empty store and catalog. */
function phase(name: string, source: string, round: number): Measured {
  const dataDir = join(root, `${name}-${round}`)
  cpSync(source, dataDir, { recursive: true })
  const measured = child(name, dataDir, CALLS, SECONDS) as Measured
  rmSync(dataDir, { recursive: true, force: true })
  return measured
}

function child(name: string, dataDir: string, calls: number, seconds: number): unknown {
  const script = join(import.meta.dirname, 'child.ts')
  const output = execFileSync(process.execPath, ['--expose-gc', script, name, dataDir, String(calls), String(seconds)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(output)
}

function print(what: string, cpuMsPerMinute: number | undefined, wallMs: readonly number[]): void {
  console.log(
    `${what.padEnd(38)} ${(cpuMsPerMinute ?? 0).toFixed(2).padStart(7)} ms CPU per call-minute   wall ${wallMs.map((ms) => `${(ms / 1_000).toFixed(2)} s`).join(', ')}`,
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function verdict(holds: boolean, what: string): boolean {
  console.log(`${holds ? 'reached' : 'NOT REACHED'}: ${what}`)
  return holds
}
