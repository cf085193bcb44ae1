import { TOPICS } from '@twinreel/contracts/topics'
import { logReader } from '@twinreel/oracle/told-in-log'
import type { TrueEvent } from '@twinreel/oracle/truth-files'
import type { Evidence, TrueCall } from '../world/evidence.ts'

/** A call's events as all that was ever appended tells them. */
export function toldInLog(
  { truth: call }: { truth: Pick<TrueCall['truth'], 'callId'> },
  { truth }: { truth: Pick<Evidence['truth'], 'appended'> },
  idleEndMs: number,
): TrueEvent[] {
  const reader = logReader(call.callId, { timeZeroMs: Date.parse(timeZero(call)), idleEndMs })
  for (const record of truth.appended(TOPICS.calls)) reader.take(record)
  return [...reader.told]
}

function timeZero(call: object): string {
  return 'timeZero' in call && typeof call.timeZero === 'string' ? call.timeZero : ''
}
