// How much one help desk may do in an hour. Attack stopped: somebody who has talked their way to one of its screens, or
// to one of its tokens, and goes through the whole organisation.
import type { Actor } from '../audit/actor.ts'
import type { Clock } from '../clock.ts'
import type { Store } from '../store/store.ts'
import { takeHit } from '../throttling/hits.ts'

export const HELP_RATE = { count: 40, seconds: 3600 }

/** @throws {Problem} too-many-requests */
export async function countHelp({ store, clock }: { store: Store; clock: Clock }, actor: Actor): Promise<void> {
  if (actor.role !== 'help-desk') return
  await takeHit(store, { bucket: `help:${actor.id}`, rate: HELP_RATE, now: clock.now() })
}
