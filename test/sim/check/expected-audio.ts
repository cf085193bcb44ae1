import { heardStream, type HeardStream } from '@twinreel/oracle/call-audio'
import { expectedRecordings, type ExpectedRecording } from '@twinreel/oracle/expected-recordings'
import type { Evidence, TrueCall } from '../world/evidence.ts'
import { toldInLog } from './told-in-log.ts'

/** What must have been recorded of a call, by an opinion that shares nothing with the recorder. */
export interface ExpectedCall {
  call: TrueCall
  streams: readonly HeardStream[]
  recordings: readonly ExpectedRecording[]
  segmentMs: number
}

export function expectedCall(call: TrueCall, evidence: Pick<Evidence, 'world' | 'truth'>): ExpectedCall {
  const { truth } = call
  const { world } = evidence
  const organization = world.organizations.find(({ orgId }) => orgId === truth.orgId)
  const segmentMs = (organization?.rules.segmentSeconds ?? 60) * 1_000
  const rules = { segmentMs, recordEmergency: organization?.rules.recordEmergency ?? false }
  const streams = truth.streams.map((stream, i) => heardStream(truth, stream, call.spoken[i] ?? new Uint8Array()))
  const told = { ...truth, endLost: false, events: toldInLog(call, evidence, (organization?.rules.idleEndSeconds ?? 120) * 1_000) }
  return { call, streams, recordings: expectedRecordings(told, rules, new Map()), segmentMs }
}
