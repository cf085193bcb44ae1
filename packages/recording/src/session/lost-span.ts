import { mark, owner, patchOwner, type Step } from './step.ts'

/** The log lost what was said from the end of the owner's last recording on. How long that is shows when the call goes on; until then only the end is told. */
export function rememberLoss(step: Step, ownerId: string): void {
  const fromMs = Math.max(...owner(step, ownerId).recordings.map(({ endedMs }) => endedMs ?? 0))
  patchOwner(step, ownerId, { loss: { fromMs, toMs: null } })
}

/** The call goes on at `atMs`: what was said up to there is lost. */
export function measureLoss(step: Step, ownerId: string, atMs: number): void {
  const { loss } = owner(step, ownerId)
  if (loss?.toMs === null) patchOwner(step, ownerId, { loss: { fromMs: loss.fromMs, toMs: atMs } })
}

/** The owner's next recording, which begins at `atMs`, says what the log lost before it: the one that it was lost of is finished. */
export function tellLoss(step: Step, ownerId: string, atMs: number): void {
  const { loss } = owner(step, ownerId)
  if (loss === undefined) return
  patchOwner(step, ownerId, { loss: undefined })
  const { fromMs, toMs } = loss
  if (toMs !== null && toMs > fromMs) mark(step, ownerId, atMs, { kind: 'log-lost', fromMs, toMs })
}
