import type { Files } from './files.ts'
import type { Finding } from './finding.ts'
import type { ProbeIndex } from './probes.ts'
import type { Said } from './unrecorded.ts'

/**
 * None of what nobody may have recorded stands in any of these files: not as it was sent, not as linear samples, not in either channel of
 * two. One finding per file and call.
 */
export async function checkUnrecorded({
  files,
  paths,
  unrecorded,
}: {
  files: Files
  paths: readonly string[]
  unrecorded: ProbeIndex<Said>
}): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const path of paths) {
    const bytes = await files.read(path)
    if (bytes === null) continue
    const said = [bytes, ...everyOther(bytes, 1), ...everyOther(bytes, 2), ...everyOther(bytes.subarray(1), 2)].flatMap((lane) =>
      unrecorded.find(lane).map(({ origin }) => origin),
    )
    for (const [callId, ofCall] of Map.groupBy(new Set(said), (origin) => origin.callId)) {
      const [first, ...others] = ofCall.toSorted((a, b) => a.atMs - b.atMs)
      if (first === undefined) continue
      const more = others.length === 0 ? '' : `, and ${others.length} further such places`
      findings.push({
        recordingId: recordingIn(path),
        callId,
        atMs: first.atMs,
        message: `${path} holds what was said ${first.why} on stream ${first.streamId}${more}`,
      })
    }
  }
  return findings
}

/** The two halves of interleaved units of `width` bytes. */
function everyOther(bytes: Uint8Array, width: number): [Uint8Array, Uint8Array] {
  const units = Math.floor(bytes.length / width)
  const [even, odd] = [new Uint8Array(Math.ceil(units / 2) * width), new Uint8Array(Math.floor(units / 2) * width)]
  for (let byte = 0; byte < width; byte++) {
    for (let at = byte, from = byte; at < even.length; at += width, from += 2 * width) even[at] = bytes[from] as number
    for (let at = byte, from = byte + width; at < odd.length; at += width, from += 2 * width) odd[at] = bytes[from] as number
  }
  return [even, odd]
}

function recordingIn(path: string): string | null {
  const parts = path.split('/')
  const at = parts.indexOf('recordings')
  return at === -1 ? null : (parts[at + 3] ?? null)
}
