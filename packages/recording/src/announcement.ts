import type { Settings } from './settings.ts'

/** Whether a recording of such a call is announced. Without a known kind either switch asks for it; emergency calls never wait for anything. */
export function isAnnounced(callType: string | null, { startStopAnnouncement: { internal, pstn } }: Settings): boolean {
  switch (callType) {
    case 'emergency':
      return false
    case 'internal':
      return internal
    case null:
      return internal || pstn
    default:
      return pstn
  }
}
