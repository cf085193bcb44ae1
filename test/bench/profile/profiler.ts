import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'

const SAMPLE_EVERY_US = 1_000

/** Samples this process's main thread from now on. Call what is answered to stop, and to write the profile to `path`; with `null` nothing is sampled. */
export async function startProfiler(path: string | null): Promise<() => Promise<void>> {
  if (path === null) return () => Promise.resolve()
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US })
  await session.post('Profiler.start')
  return async () => {
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    writeFileSync(path, JSON.stringify(profile))
  }
}
