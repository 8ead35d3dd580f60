// A new password for somebody of the local directory.
import * as z from 'zod/mini'
import { newPassword } from '../../protocol/account-api.ts'
import type { UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import type { Actor } from '../audit/actor.ts'
import { untilWon } from '../store/until-won.ts'
import { type ExternalDirectory, isPasswordElsewhere } from './external.ts'
import { refuseGuessable } from './guessable.ts'
import type { Passwords } from './passwords.ts'
import { type ReplacePasswordNeeds, replacePassword } from './replace-password.ts'
import { knownUser } from './users.ts'

const passwordOnly = z.object({ password: newPassword })
export type SetPasswordNeeds = ReplacePasswordNeeds & {
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
  const { store, passwords, external } = needs
  const { password } = parseOrRefuse(passwordOnly, { password: typed })
  const hash = await passwords.hash(password)
  await untilWon(async () => {
    const seen = await knownUser(store.read, user)
    if (isPasswordElsewhere(external, seen)) throw new Problem('password-elsewhere')
    await refuseGuessable(needs, seen, password)
    return replacePassword(needs, seen, hash, { by })
  })
}
