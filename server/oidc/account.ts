// What relying parties learn about a person, by the scopes they asked for.
import type { FindAccount } from 'oidc-provider'
import type { UserId } from '../../protocol/ids.ts'
import { applicationByClientId } from '../applications/rows.ts'
import { mayUse } from '../applications/who-may.ts'
import { userById } from '../directory/rows.ts'
import type { Store } from '../store/store.ts'

/** How the person signed in goes with the identity itself; a relying party need not ask for it. */
export const CLAIMS_BY_SCOPE = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'preferred_username'],
  email: ['email'],
}

/**
 * Whatever is given out with a token asks again: whoever was suspended, or taken out of the application's groups, gets
 * nothing by a token of theirs.
 */
export function findAccount(store: Store): FindAccount {
  return async ({ oidc }, sub, token) => {
    const user = await userById(store.read, sub as UserId)
    if (user?.state !== 'active') return undefined
    if (token && !(await mayStillUse(store, oidc.client?.clientId, user.id))) return undefined
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

async function mayStillUse({ read }: Store, clientId: string | undefined, user: UserId): Promise<boolean> {
  const application = clientId === undefined ? undefined : await applicationByClientId(read, clientId)
  return application !== undefined && mayUse(read, application, user)
}
