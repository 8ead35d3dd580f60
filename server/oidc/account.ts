// What relying parties learn about a person, by the scopes they asked for.
import type { FindAccount } from 'oidc-provider'
import type { ApplicationId, UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { applicationByClientId } from '../applications/rows.ts'
import { mayUse } from '../applications/who-may.ts'
import { groupsOf } from '../directory/groups.ts'
import { userById } from '../directory/rows.ts'
import { admit } from '../policy/admit.ts'
import type { CreateNeeds } from '../requests/create.ts'
import { digest } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { DeviceContext } from '../whereabouts/context.ts'

/** How the person signed in goes with the identity itself; a relying party need not ask for it. */
export const CLAIMS_BY_SCOPE = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'preferred_username'],
  email: ['email'],
  groups: ['groups'],
}

/**
 * Whatever is given out with a token asks again: whoever was suspended, or taken out of the application's groups, gets
 * nothing by a token of theirs; nor does anybody get new ones at an hour in which they may not sign in, or after signing
 * in from a network or a country that is refused since.
 */
export function findAccount(store: Store, asking: CreateNeeds | undefined): FindAccount {
  return async ({ oidc }, sub, token) => {
    const user = await userById(store.read, sub as UserId)
    if (user?.state !== 'active') return undefined
    const clientId = oidc.client?.clientId
    if (token && !(await mayStillUse(store, clientId, user.id))) return undefined
    if (asking && token?.kind === 'RefreshToken' && !(await mayRenew(asking, { clientId, user: user.id, token })))
      return undefined
    return {
      accountId: user.id,
      claims: async (_use, scope, asked) => ({
        sub: user.id,
        name: user.display_name,
        preferred_username: user.username,
        ...(user.email === null ? {} : { email: user.email }),
        ...(asksGroups(scope, asked) && { groups: (await groupsOf(store.read, user.id)).map(({ name }) => name) }),
      }),
    }
  }
}

/** They are looked up for whoever asks: most sites never do. */
const asksGroups = (scope: string, asked: object | undefined) =>
  scope.split(' ').includes('groups') || (asked !== undefined && 'groups' in asked)

async function mayStillUse({ read }: Store, clientId: string | undefined, user: UserId): Promise<boolean> {
  const application = clientId === undefined ? undefined : await applicationByClientId(read, clientId)
  return application !== undefined && mayUse(read, application, user)
}

type Renewal = { clientId: string | undefined; user: UserId; token: { grantId?: string | undefined } }

/**
 * Hours, networks and countries that are refused now count. It is the application that asks, not the person: from where
 * they signed in is what is known, and nothing where no device was asked.
 */
async function mayRenew(needs: CreateNeeds, { clientId, user, token }: Renewal): Promise<boolean> {
  const application = clientId as ApplicationId
  const address = await signedInFrom(needs.store.read, token.grantId ?? '')
  try {
    await admit(needs, await needs.policies.of({ user, application }), { user, application, address })
    return true
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}

async function signedInFrom(db: Db, grant: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('handed_sign_ins')
    .innerJoin('login_requests', 'login_requests.id', 'handed_sign_ins.request_id')
    .select('login_requests.context')
    .where('handed_sign_ins.grant_id', '=', digest(grant))
    .executeTakeFirst()
  return row && (JSON.parse(row.context) as DeviceContext).ip
}
