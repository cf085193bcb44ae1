import { writeCallTime } from '@twinreel/contracts/call-time'
import type { Decision } from '../capture/capture.ts'

/** A decision in a few words. */
export function inWords(decision: Decision): string {
  const { kind, ownerId, atMs, reason } = decision
  const at = typeof atMs === 'number' ? ` at ${writeCallTime(atMs)}` : ''
  const because = typeof reason === 'string' ? ` (${reason})` : ''
  switch (kind) {
    case 'command':
      return commandInWords(String(decision['type']), (decision['data'] ?? {}) as Readonly<Record<string, unknown>>)
    case 'refused':
      return `message refused${because}`
    case 'counted':
      return `${String(decision['amount'])} of ${String(decision['what'])} counted`
    case 'segment.sealed':
      return `segment ${String(decision['index'])} of ${String(ownerId)} sealed from ${writeCallTime(Number(decision['fromMs']))} to ${writeCallTime(Number(decision['toMs']))}`
    case 'ledger': {
      const outcome = (decision['outcome'] ?? {}) as Readonly<Record<string, unknown>>
      return `${String(ownerId)} ${String(outcome['outcome'])}${typeof outcome['reason'] === 'string' ? ` (${outcome['reason']})` : ''} in the ledger`
    }
    case 'recording.started':
    case 'recording.paused':
    case 'recording.resumed':
    case 'recording.kept':
    case 'recording.ended':
      return `${String(ownerId)}’s recording ${kind.slice('recording.'.length)}${at}${because}`
    default:
      return `${kind}${at}${because}`
  }
}

function commandInWords(type: string, data: Readonly<Record<string, unknown>>): string {
  switch (type) {
    case 'prompt.play':
      return `prompt ${String(data['prompt'])} asked for`
    case 'indicator.update':
      return `icon ${String(data['indicator'])} for ${String(data['userId'])}`
    case 'gate.close':
    case 'gate.open':
      return `${type} ${String(data['sequence'])}`
    case 'control.rejected':
      return `${String(data['control'])} rejected (${String(data['reason'])})`
    default:
      return type
  }
}
