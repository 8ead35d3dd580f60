// A password takes the place of the one before, and whatever that one let in ends in the same transaction.
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import { endAccess } from '../handed-out/end-access.ts'
import { holdSession } from '../handed-out/held-session.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { Store } from '../store/store.ts'
import { mustWin, unlessOvertaken } from '../store/until-won.ts'
import { holdThrottle } from '../throttling/throttle.ts'
import { type UserRow, updatePassword } from './rows.ts'

export type ReplacePasswordNeeds = TellNeeds & { store: Store }

export type How = {
  /** an operator; undefined: at the command line, or the person */
  by?: Actor | undefined
  /** of the account page at which the person changed it, which goes on */
  session?: string
}

/**
 * @throws {Problem} unauthenticated where the account page was ended meanwhile
 * @returns undefined where the person is no longer as seen, and has the password they had
 */
export function replacePassword(
  needs: ReplacePasswordNeeds,
  seen: UserRow,
  hash: string,
  { by, session }: How,
): Promise<true | undefined> {
  const { id: user } = seen
  const written = needs.store.write(async (tx, announce) => {
    // As whatever else ends access: of two at once neither may hold what the other waits for.
    await holdThrottle(tx, user)
    if (session !== undefined) await holdSession(tx, { id: session })
    await mustWin(updatePassword(tx, seen, hash))
    await endAccess(tx, needs, { user, session })
    const whose = session === undefined ? {} : { detail: { by: 'user' } }
    await record(tx, { at: needs.clock.now(), kind: 'password-set', user, ...(by && { by }), ...whose })
    await tell(tx, { ...needs, announce }, { user, kind: 'password-changed' })
    return true as const
  })
  return unlessOvertaken(written)
}
