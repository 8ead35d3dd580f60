// How much may be done about people in an hour. Attack stopped: somebody who has talked their way to a help desk's screen,
// found anybody's unlocked, or has one of a help desk's tokens, and goes through the whole organisation.
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import { freshUntil } from '../operators/sessions.ts'
import type { Store } from '../store/store.ts'
import { mayHit, takeHit } from '../throttling/hits.ts'
import type { AdminCall } from './act.ts'

export const HELP_RATE = { count: 40, seconds: 3600 }

/**
 * Whoever is more than help desk goes on with their passkey.
 * @throws {Problem} too-many-requests, fresh-passkey-required
 */
export async function countHelp(
  { store, clock }: { store: Store; clock: Clock },
  { actor, session }: Pick<AdminCall, 'actor' | 'session'>,
): Promise<void> {
  if (!actor) return
  const now = clock.now()
  const counted = { bucket: `help:${actor.id}`, rate: HELP_RATE }
  if (actor.role === 'help-desk') return takeHit(store, { ...counted, now })
  if (!session || now < freshUntil(session.session)) return
  if (!(await mayHit(store, [counted], { now }))) throw new Problem('fresh-passkey-required')
}
