/** Nobody works on the calls: no recorder runs on this log, or it is stuck. */
export class NoRecorderError extends Error {
  readonly waitedMs: number
  constructor(waitedMs: number, detail: string) {
    super(`no recorder made progress for ${Math.round(waitedMs / 1_000)} s: ${detail}; is the recorder running on the same data?`)
    this.name = 'NoRecorderError'
    this.waitedMs = waitedMs
  }
}
