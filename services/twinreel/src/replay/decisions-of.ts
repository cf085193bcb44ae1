import { readCapture } from '@twinreel/replay/capture/read'
import type { Decided } from '@twinreel/replay/capture/capture'
import { decide } from '@twinreel/replay/fold/decide'

/** Raised when what is said between two versions changes its meaning. */
const PROTOCOL = 1

/** What one version says of one file: JSON lines on stdout, the first names the protocol, then one for each file in their order. */
export type Answer = { protocol: number } | { file: string; decided: Decided } | { file: string; error: string }

/** What this version decides of these calls, for another version to compare with. */
export async function* decisionsOf(files: readonly string[]): AsyncGenerator<string> {
  yield line({ protocol: PROTOCOL })
  for (const file of files) yield line(await answerFor(file))
}

async function answerFor(file: string): Promise<Answer> {
  try {
    return { file, decided: await decide(await readCapture(file)) }
  } catch (error) {
    return { file, error: error instanceof Error ? error.message : String(error) }
  }
}

function line(answer: Answer): string {
  return `${JSON.stringify(answer)}\n`
}

/** The answers of another version. Throws Error for what this one does not understand. */
export async function* answersIn(lines: AsyncIterable<string>): AsyncGenerator<Exclude<Answer, { protocol: number }>> {
  let isKnown = false
  for await (const text of lines) {
    const answer = JSON.parse(text) as Answer
    if ('protocol' in answer) {
      if (answer.protocol !== PROTOCOL) throw new Error(`it speaks protocol ${answer.protocol}, this version ${PROTOCOL}`)
      isKnown = true
    } else if (isKnown) yield answer
    else throw new Error('it names no protocol')
  }
}
