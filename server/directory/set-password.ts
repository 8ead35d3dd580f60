// A new password for somebody of the local directory.
import * as z from 'zod/mini'
import { newPassword } from '../../protocol/account-api.ts'
import type { UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { endAccess } from '../handed-out/end-access.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { Store } from '../store/store.ts'
import { mustWin, unlessOvertaken, untilWon } from '../store/until-won.ts'
import { type ExternalDirectory, isPasswordElsewhere } from './external.ts'
import { refuseGuessable } from './guessable.ts'
import type { Passwords } from './passwords.ts'
import { updatePassword } from './rows.ts'
import { knownUser } from './users.ts'

const passwordOnly = z.object({ password: newPassword })
export type SetPasswordNeeds = TellNeeds & {
  store: Store
  clock: Clock
  passwords: Passwords
  external?: ExternalDirectory | undefined
  organisation: { name: string }
}

/**
 * Whoever is signed in by the one before, or on the way in, begins anew. Attack stopped: somebody of the directory who is
 * given a password here, which their directory neither knows nor ends.
 * @throws {Problem} invalid, unknown-user, password-elsewhere, guessable-password
 */
export async function setPassword(needs: SetPasswordNeeds, user: UserId, typed: string, by?: Actor): Promise<void> {
  const { store, clock, passwords, external } = needs
  const { password } = parseOrRefuse(passwordOnly, { password: typed })
  const hash = await passwords.hash(password)
  await untilWon(async () => {
    const seen = await knownUser(store.read, user)
    if (isPasswordElsewhere(external, seen)) throw new Problem('password-elsewhere')
    await refuseGuessable(needs, seen, password)
    const written = store.write(async (tx, announce) => {
      await mustWin(updatePassword(tx, seen, hash))
      await endAccess(tx, needs, { user })
      await record(tx, { at: clock.now(), kind: 'password-set', user, ...(by && { by }) })
      await tell(tx, { ...needs, announce }, { user, kind: 'password-changed' })
      return true
    })
    return unlessOvertaken(written)
  })
}
