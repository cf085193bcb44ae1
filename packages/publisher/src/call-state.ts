import { fromBase64, toBase64 } from '@twinreel/contracts/base64'
import type { WireMessage } from '@twinreel/contracts/messages'
import type { ClosingGate } from './closing-gate.ts'
import type { CallStream } from './streams.ts'

/** All that another process needs to go on with a call: plain JSON. Save it after each event of the call; audio that was said since is a gap. */
export interface CallState {
  readonly version: 1
  readonly callId: string
  /** Milliseconds UTC; `null` while the call is not answered. */
  readonly timeZeroMs: number | null
  readonly streams: readonly CallStream[]
  readonly left: readonly string[]
  readonly gate: { readonly open: boolean; readonly sequence: number }
  /** Asked for and not said yet. */
  readonly closing: ClosingGate | null
  readonly obeyed: readonly string[]
  /** Not confirmed yet: whoever goes on says it again, under the same ids. */
  readonly unconfirmed: readonly { readonly headers: Readonly<Record<string, string>>; readonly valueBase64: string }[]
}

export function savedMessages(messages: readonly WireMessage[]): CallState['unconfirmed'] {
  return messages.map(({ headers, value }) => ({ headers, valueBase64: toBase64(value) }))
}

export function messagesOf({ callId, unconfirmed }: CallState): WireMessage[] {
  return unconfirmed.map(({ headers, valueBase64 }) => ({ key: callId, headers: { ...headers }, value: fromBase64(valueBase64) }))
}
