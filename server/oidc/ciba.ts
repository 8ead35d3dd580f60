// An application asks somebody by itself, without a browser (OpenID Connect CIBA Core 1.0): a login request as over the
// API, with all that guards one. `binding_message` is what the device shows, and what its passcode covers.
import {
  type BackchannelAuthenticationRequest,
  type Client,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  type Provider,
} from 'oidc-provider'
import { type NewLoginRequest, newLoginRequest } from '../../protocol/application-api.ts'
import type { UserId } from '../../protocol/ids.ts'
import { LONGEST_LIFETIME_SECONDS } from '../../protocol/policy.ts'
import { Problem } from '../../protocol/problems.ts'
import { isPlainText } from '../../protocol/text.ts'
import { type ApplicationRow, applicationByClientId } from '../applications/rows.ts'
import { mayUse } from '../applications/who-may.ts'
import { findUser, userById } from '../directory/rows.ts'
import { type Created, type CreateNeeds, createRequest } from '../requests/create.ts'
import { digest } from '../store/digest.ts'
import { mayHit } from '../throttling/hits.ts'

type Ciba = NonNullable<NonNullable<Configuration['features']>['ciba']>

/** Seconds that an answer waits to be fetched, beyond the life of the request. */
const FETCHED_WITHIN = 60
/** Seconds between two looks, at least. */
const INTERVAL = 2
/** A look that was on its way for less long than the one before is no hurry. One that came too soon counts for nothing. */
const HURRIED = { count: 1, seconds: 0.75 * INTERVAL }

export function ciba(needs: CreateNeeds): Ciba {
  return {
    enabled: true,
    deliveryModes: ['poll', 'ping'],
    processLoginHint: (ctx, hint) => named(needs, ctx, hint ?? ''),
    processLoginHintToken: () => {
      throw new errors.InvalidRequest('login_hint_token is not supported: name the person by login_hint')
    },
    validateBindingMessage: (_ctx, message) => {
      if (message !== undefined && !newLoginRequest.safeParse({ username: 'x', context: { message } }).success)
        throw new errors.InvalidBindingMessage('binding_message must be plain text of at most 200 characters')
    },
    // Neither is asked for, so whatever comes is ignored.
    validateRequestContext: () => {},
    verifyUserCode: () => {},
    triggerAuthenticationDevice: (ctx, request, account, client) =>
      ask(needs, ctx, request as BackchannelAuthenticationRequest, account.accountId as UserId, client),
  }
}

/** Seconds, at most: how long the request itself lives the policy for its person says. */
export const cibaSeconds = ({ limits }: Pick<CreateNeeds, 'limits'>, requested: unknown) => {
  const most = Math.max(LONGEST_LIFETIME_SECONDS, limits.requestLifetime.seconds) + FETCHED_WITHIN
  const wish = Number(requested)
  return Number.isSafeInteger(wish) && wish > 0 ? Math.min(wish, most) : most
}

const applicationOf = ({ store }: CreateNeeds, clientId: string) => applicationByClientId(store.read, clientId)

/** Whom an application is not open to, it doesn't get to know of. */
async function named(needs: CreateNeeds, { oidc }: KoaContextWithOIDC, hint: string): Promise<string | undefined> {
  // What no user name can be, no store is asked for.
  const user = isPlainText(hint) ? await findUser(needs.store.read, hint) : undefined
  const application = await applicationOf(needs, oidc.client?.clientId ?? '')
  if (!user || !application || !(await mayUse(needs.store.read, application, user.id))) return undefined
  return user.id
}

async function ask(
  needs: CreateNeeds,
  ctx: KoaContextWithOIDC,
  asked: BackchannelAuthenticationRequest,
  id: UserId,
  client: Client,
): Promise<void> {
  const user = await userById(needs.store.read, id)
  const application = await applicationOf(needs, client.clientId)
  if (!user || !application) throw new errors.UnknownUserId('could not identify end-user')
  try {
    const { number, expiresAt } = await put(needs, { application, asked, username: user.username })
    const lives = Math.ceil((Date.parse(expiresAt) - needs.clock.now()) / 1000) + FETCHED_WITHIN
    const expires_in = Math.min(asked.expiration, lives)
    // The number is for whoever talks to the person: their device asks for it.
    Object.assign(ctx.body as object, { expires_in, interval: INTERVAL, ...(number !== null && { number }) })
  } catch (error) {
    await asked.destroy()
    throw error instanceof Problem ? refusal(error) : error
  }
}

async function put(
  needs: CreateNeeds,
  about: { application: ApplicationRow; asked: BackchannelAuthenticationRequest; username: string },
): Promise<Pick<Created, 'number' | 'expiresAt'>> {
  const { sealer, clock } = needs
  const { application, asked, username } = about
  const message = asked.params?.binding_message
  const context: NewLoginRequest['context'] = typeof message === 'string' ? { message } : {}
  return createRequest(needs, {
    application,
    door: 'ciba',
    call: { username, purpose: 'sign-in', context },
    also: async (tx, { id, secret }) => {
      const row = {
        request_id: id,
        auth_req_id: sealer.seal(asked.jti ?? '', authReqCell(id)),
        secret: sealer.seal(secret, cibaSecretCell(id)),
        expires_at: clock.now() + asked.expiration * 1000,
      }
      await tx.insertInto('ciba_asked').values(row).execute()
    },
  })
}

/** CIBA Core §11: whoever looks again too soon, at whichever process, is told so, and nothing else. */
export function slowDown(provider: Provider, { store, clock }: Pick<CreateNeeds, 'store' | 'clock'>): void {
  provider.use(async (ctx, next) => {
    await next()
    const id = (ctx as KoaContextWithOIDC).oidc?.params?.auth_req_id
    const body = ctx.body as { error?: string; error_description?: string } | undefined
    if (typeof id !== 'string' || body?.error !== 'authorization_pending') return
    if (await mayHit(store, [{ bucket: `ciba:${digest(id)}`, rate: HURRIED }], { now: clock.now() })) return
    const { message: error, error_description } = new errors.SlowDown()
    ctx.body = { error, error_description }
  })
}

export const authReqCell = (id: string) => ({ table: 'ciba_asked', column: 'auth_req_id', id })
export const cibaSecretCell = (id: string) => ({ table: 'ciba_asked', column: 'secret', id })

/** CIBA Core §13. What no error there is for is access that is denied, with our own word for it. */
function refusal({ slug, headers }: Problem): errors.OIDCProviderError {
  if (slug === 'unknown-user' || slug === 'no-token') return new errors.UnknownUserId(slug)
  if (slug === 'unavailable')
    return Object.assign(new errors.TemporarilyUnavailable(slug), { status: 503, statusCode: 503 })
  const denied = new errors.AccessDenied(slug)
  return Object.assign(denied, { status: 403, statusCode: 403, headers })
}
