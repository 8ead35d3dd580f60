// What relying parties learn about a person, by the scopes they asked for.
import type { FindAccount } from 'oidc-provider'
import type { ApplicationId, UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { applicationByClientId } from '../applications/rows.ts'
import { mayUse } from '../applications/who-may.ts'
import { userById } from '../directory/rows.ts'
import { admit } from '../policy/admit.ts'
import type { CreateNeeds } from '../requests/create.ts'
import type { Store } from '../store/store.ts'

/** How the person signed in goes with the identity itself; a relying party need not ask for it. */
export const CLAIMS_BY_SCOPE = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'preferred_username'],
  email: ['email'],
}

/**
 * Whatever is given out with a token asks again: whoever was suspended, or taken out of the application's groups, gets
 * nothing by a token of theirs; nor does anybody get new ones at an hour in which they may not sign in.
 */
export function findAccount(store: Store, asking: CreateNeeds | undefined): FindAccount {
  return async ({ oidc }, sub, token) => {
    const user = await userById(store.read, sub as UserId)
    if (user?.state !== 'active') return undefined
    const clientId = oidc.client?.clientId
    if (token && !(await mayStillUse(store, clientId, user.id))) return undefined
    if (asking && token?.kind === 'RefreshToken' && !(await mayRenew(asking, clientId, user.id))) return undefined
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

/** The hours count. From where, nobody can say: it is the application that asks, not the person. */
async function mayRenew(needs: CreateNeeds, clientId: string | undefined, user: UserId): Promise<boolean> {
  const application = clientId as ApplicationId
  try {
    await admit(needs, await needs.policies.of({ user, application }), { user, application })
    return true
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}
