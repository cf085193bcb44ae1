/** What a capture may hold. Whoever captures keeps to it, and whoever reads refuses more, before memory is taken for it. */
export interface CaptureBounds {
  /** Of all messages' values together. */
  valueBytes: number
  /** Of one message's value. */
  messageBytes: number
  messages: number
  /** Of all lines that are no messages together: policies, commands, decisions, outcomes. */
  otherBytes: number
  otherLines: number
  lineBytes: number
}

export const CAPTURE_BOUNDS: CaptureBounds = {
  // An hour of two µ-law streams has 58 MB.
  valueBytes: 1024 * 1024 * 1024,
  // No log hands out a larger one.
  messageBytes: 1024 * 1024,
  // A message a second for seven days, which no call outlives, are 604,800.
  messages: 1_000_000,
  otherBytes: 256 * 1024 * 1024,
  otherLines: 1_000_000,
  // A message of 1 MiB in base64, its headers, and room.
  lineBytes: 8 * 1024 * 1024,
}

/** Counts what a capture holds; each answers what there is too much of, or `null`. */
export interface CaptureCount {
  message(valueBytes: number): string | null
  other(lineBytes: number): string | null
}

export function countCapture({ valueBytes, messageBytes, messages, otherBytes, otherLines }: CaptureBounds): CaptureCount {
  const seen = { valueBytes: 0, messages: 0, otherBytes: 0, otherLines: 0 }
  return {
    message(sizeBytes) {
      if (sizeBytes > messageBytes) return `a message of more than ${messageBytes} bytes, more than any log hands out`
      seen.valueBytes += sizeBytes
      seen.messages += 1
      if (seen.valueBytes > valueBytes) return `more than ${valueBytes} bytes of messages, more than any capture has`
      return seen.messages > messages ? `more than ${messages} messages, more than any capture has` : null
    },
    other(sizeBytes) {
      seen.otherBytes += sizeBytes
      seen.otherLines += 1
      if (seen.otherBytes > otherBytes) return `more than ${otherBytes} bytes of lines that are no messages, more than any capture has`
      return seen.otherLines > otherLines ? `more than ${otherLines} lines that are no messages, more than any capture has` : null
    },
  }
}
