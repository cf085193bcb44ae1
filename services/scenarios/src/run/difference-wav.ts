import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wavFile } from '@twinreel/media/wav'

export type WriteDifference = (got: Int16Array, expected: Int16Array, sampleRateHz: number) => string | null

/** Writes WAVs of two channels below a directory: left what the recording holds, right what must be added to it to be as expected. `null` writes none. */
export function differenceWriter(outDir: string | null, names: readonly string[]): WriteDifference {
  const name = names
    .map((part) =>
      part
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .slice(0, 60),
    )
    .join('.')
  let count = 0
  return (got, expected, sampleRateHz) => {
    if (outDir === null) return null
    mkdirSync(outDir, { recursive: true })
    const frames = Math.max(got.length, expected.length)
    const data = new Int16Array(2 * frames)
    for (let i = 0; i < frames; i++) {
      data[2 * i] = got[i] ?? 0
      data[2 * i + 1] = Math.max(-32_768, Math.min(32_767, (expected[i] ?? 0) - (got[i] ?? 0)))
    }
    const path = join(outDir, `${name}.${++count}.wav`)
    writeFileSync(path, wavFile({ format: { codec: 'L16', sampleRateHz }, channels: 2, data: new Uint8Array(data.buffer) }))
    return path
  }
}
