import { expect } from 'vitest'
import type { RecorderProcess } from './recorder-process.ts'

/** Calls under way, in all of them together. */
export async function liveCalls(recorders: readonly RecorderProcess[]): Promise<number> {
  const counts = await Promise.all(recorders.map((recorder) => recorder.metric('twinreel_recorder_live_calls')))
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Resolves in the moment in which the recorder asks the store to take an object: what happens to it then, happens before it knows of the answer. */
export async function writesNow(recorder: RecorderProcess): Promise<void> {
  const before = recorder.puts.length
  await expect.poll(() => recorder.puts.length, { timeout: 60_000, interval: 1, message: `a put of ${recorder.name}` }).toBeGreaterThan(before)
}
