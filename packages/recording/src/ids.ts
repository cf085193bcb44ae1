import { v5 } from 'uuid'

/**
 * Id of an owner's nth recording of a call: a UUIDv5 in the organization's secret namespace (RFC 9562 §5.5). The same call gives
 * the same id in every fold, and nobody without the namespace can guess it.
 */
export function recordingId(namespace: string, callId: string, ownerId: string, ordinal: number): string {
  return v5(`${callId}/${ownerId}/${ordinal}`, namespace)
}
