/** Why a call can't be captured, and what to do instead. */
export class CaptureCallError extends Error {
  readonly kind: 'unknown-call' | 'log-gone' | 'key-destroyed' | 'too-long'
  readonly next: string | null
  constructor(kind: CaptureCallError['kind'], message: string, next: string | null = null) {
    super(message)
    this.name = 'CaptureCallError'
    this.kind = kind
    this.next = next
  }
}
