// What relying parties learn about a person, by the scopes they asked for.
import type { FindAccount } from 'oidc-provider'
import type { UserId } from '../../protocol/ids.ts'
import { userById } from '../directory/rows.ts'
import type { Store } from '../store/store.ts'

/** How the person signed in goes with the identity itself; a relying party need not ask for it. */
export const CLAIMS_BY_SCOPE = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'preferred_username'],
  email: ['email'],
}

export function findAccount(store: Store): FindAccount {
  return async (_ctx, sub) => {
    const user = await userById(store.read, sub as UserId)
    if (user?.state !== 'active') return undefined
    return {
      accountId: user.id,
      claims: () => ({
        sub: user.id,
        name: user.display_name,
        preferred_username: user.username,
        ...(user.email === null ? {} : { email: user.email }),
      }),
    }
  }
}
