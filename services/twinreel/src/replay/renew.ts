import { writeWhole } from '../export/write-whole.ts'
import type { Capture, Decided } from '@twinreel/replay/capture/capture'
import { captureBytes } from '@twinreel/replay/capture/write'

/** Writes a capture again with what this version decides. What was recorded then is no measure any more, and goes. */
export async function renew(
  file: string,
  { header, policies, messages }: Capture,
  decided: Decided,
  options: { parting: string; writtenBy: string },
): Promise<void> {
  const { parting, writtenBy } = options
  const renewed: Capture = { header: { ...header, writtenBy, agreed: { with: 'nobody', parting } }, policies, messages, recorded: null, decided }
  await writeWhole(file, async (sink) => {
    for (const bytes of captureBytes(renewed, file)) await sink(bytes)
  })
}
