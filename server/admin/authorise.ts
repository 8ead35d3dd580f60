// The one place that says whether somebody may do something.
import { type ActName, mayAct } from '../../protocol/permissions.ts'
import { Problem } from '../../protocol/problems.ts'
import { freshUntil } from '../operators/sessions.ts'
import type { Act, AdminCall } from './act.ts'

type Signed = Pick<AdminCall, 'session'>

/** @throws {Problem} unauthenticated, forbidden, session-required, fresh-passkey-required */
export function authorise(
  { name, access, dangerous }: Pick<Act, 'name' | 'access' | 'dangerous'>,
  { actor, session }: Pick<AdminCall, 'actor' | 'session'>,
  now: number,
): void {
  if (access === 'open') return
  if (!actor) throw new Problem('unauthenticated', { headers: { 'WWW-Authenticate': 'Bearer' } })
  if (!mayAct(actor.role, name as ActName)) throw new Problem('forbidden')
  if (access === 'session' && !session) throw new Problem('session-required')
  if (dangerous === true) requireFresh({ session }, now)
}

/** Once what is asked for has been read. @throws {Problem} fresh-passkey-required */
export function authoriseInput({ dangerous }: Pick<Act, 'dangerous'>, input: unknown, call: Signed, now: number): void {
  if (typeof dangerous === 'object' && dangerous.is(input)) requireFresh(call, now)
}

/** Attack stopped: an unlocked screen, a stolen cookie. Tokens and the command line have no passkey to show. */
function requireFresh({ session }: Signed, now: number): void {
  if (session && freshUntil(session.session) <= now) throw new Problem('fresh-passkey-required')
}
