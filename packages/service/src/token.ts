import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether an `authorization` header shows this bearer token (RFC 6750 §2.1); takes as long for a wrong one as for the right one. */
export function showsToken(authorization: string | undefined, token: string): boolean {
  const shown = /^Bearer (\S{1,8192})$/i.exec(authorization ?? '')?.[1] ?? ''
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(shown), digest(token)) && shown !== ''
}
