import type { CapturedCall } from './captured-call.ts'
import type { Cast } from './cast.ts'

/** By whom and to whom a call came, in the file's names; whoever was not in the call is elsewhere. */
export function redirectionsOf({ started, participants }: CapturedCall, cast: Cast): Record<string, unknown> {
  const named = (who: string): string => {
    const found = participants.find(({ number, userId, participantId }) => [number, userId, participantId].includes(who))
    return found === undefined ? 'elsewhere' : cast.nameOf(found.participantId)
  }
  if (started.redirections.length === 0) return {}
  return {
    redirections: started.redirections.map(({ by, from, to, reason }) => ({
      ...(by === undefined ? {} : { by: named(by) }),
      from: named(from),
      to: named(to),
      reason: /^[a-z][a-z-]{0,31}$/.test(reason) ? reason : 'unknown',
    })),
  }
}
