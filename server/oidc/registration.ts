// A program registers itself as an application (RFC 7591), by a token that an operator made for that, once. Attack
// stopped: nobody else adds a client, and a registration says nothing that an operator could not.
import { Hono } from 'hono'
import * as z from 'zod/mini'
import { base64url } from '../../protocol/encoding.ts'
import type { ApiTokenId, OperatorId, RandomBytes } from '../../protocol/ids.ts'
import type { OidcClientChanges } from '../../protocol/operator-api/oidc-client.ts'
import { mayAct } from '../../protocol/permissions.ts'
import { Problem } from '../../protocol/problems.ts'
import { addApplication } from '../applications/applications.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { boundedBody } from '../http/body.ts'
import type { Call, Env } from '../http/env.ts'
import { apiTokenById } from '../operators/api-token-rows.ts'
import { operatorById } from '../operators/rows.ts'
import type { EndpointRules } from '../push/endpoint.ts'
import { digest } from '../store/digest.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { CIBA_GRANT } from './clients.ts'

export type RegistrationNeeds = {
  store: Store
  clock: Clock
  random: RandomBytes
  sealer: Sealer
  receiverRules: EndpointRules
}

export const REGISTRATION_PATH = '/reg'
const LIVES_MS = 24 * 3_600_000
const GRANTS = ['authorization_code', 'refresh_token', CIBA_GRANT] as const

/** RFC 7591 §2, as far as there is something to be said; what is unknown is ignored. */
const metadata = z.object({
  client_name: z.string(),
  redirect_uris: z.array(z.string()).check(z.minLength(1)),
  response_types: z._default(z.array(z.literal('code')), ['code']),
  grant_types: z._default(z.array(z.enum(GRANTS)), ['authorization_code']),
  token_endpoint_auth_method: z._default(
    z.enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt']),
    'client_secret_basic',
  ),
  jwks: z.optional(z.unknown()),
  jwks_uri: z.optional(z.string()),
  post_logout_redirect_uris: z.optional(z.array(z.string())),
  backchannel_logout_uri: z.optional(z.string()),
  backchannel_token_delivery_mode: z._default(z.enum(['poll', 'ping']), 'poll'),
  backchannel_client_notification_endpoint: z.optional(z.string()),
  require_pushed_authorization_requests: z.optional(z.boolean()),
  dpop_bound_access_tokens: z.optional(z.boolean()),
})
type Metadata = z.infer<typeof metadata>

/** Good once, for a day, and as long as whoever made it may make one. */
export async function makeRegistrationToken(
  { store, clock, random }: RegistrationNeeds,
  by: Actor,
): Promise<{ token: string; expiresAt: number }> {
  const token = `crt_${base64url(random(32))}`
  const hash = digest(token)
  const [now, expiresAt] = [clock.now(), clock.now() + LIVES_MS]
  await store.write(async (tx) => {
    await tx.deleteFrom('registration_tokens').where('expires_at', '<', now).execute()
    const made = { made_by: JSON.stringify(by), created_at: now, expires_at: expiresAt, used_at: null }
    await tx
      .insertInto('registration_tokens')
      .values({ hash, ...made })
      .execute()
    await record(tx, { at: now, kind: 'registration-token-made', by, detail: { expiresAt, token: hash } })
  })
  return { token, expiresAt }
}

export function registrationRoutes(needs: RegistrationNeeds): Hono<Env> {
  const routes = new Hono<Env>()
  routes.post('/', boundedBody, (c) => register(needs, c))
  return routes
}

async function register(needs: RegistrationNeeds, c: Call): Promise<Response> {
  const asked = readMetadata(c)
  const hash = digest(/^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '')
  const held = await known(needs, hash)
  const maker = held && makerOf(held)
  if (!held || !(await mayStillMake(needs, maker)) || !(await mark(needs, hash, needs.clock.now())))
    return refused(c, 401, 'invalid_token', 'the token is not good')
  try {
    if (!asked) throw new Problem('invalid')
    const { client_name: name, redirect_uris: redirectUris } = asked
    const added = await addApplication(needs, { name, redirectUris, client: settingsOf(asked) }, maker, { token: hash })
    return c.json(
      {
        ...asked,
        client_id: added.clientId,
        client_id_issued_at: Math.floor(needs.clock.now() / 1000),
        ...(asked.token_endpoint_auth_method !== 'private_key_jwt' && {
          client_secret: added.clientSecret,
          client_secret_expires_at: 0,
        }),
      },
      201,
    )
  } catch (error) {
    // What was wrong can be mended, and the token is still good for that.
    await mark(needs, hash, null)
    if (error instanceof Problem) return refused(c, 400, ...faultOf(error))
    throw error
  }
}

function readMetadata(c: Call): Metadata | undefined {
  try {
    return metadata.safeParse(JSON.parse(new TextDecoder().decode(c.get('body')))).data
  } catch {
    return undefined
  }
}

/** Whoever guesses costs the store no writing. */
async function known({ store }: RegistrationNeeds, hash: string) {
  return store.read.selectFrom('registration_tokens').select('made_by').where('hash', '=', hash).executeTakeFirst()
}

const makerOf = ({ made_by: by }: { made_by: string | null }) => (by === null ? undefined : (JSON.parse(by) as Actor))

/** Attack stopped: an operator who was removed, or may it no longer, and still has a token that they made. */
async function mayStillMake({ store: { read } }: RegistrationNeeds, maker: Actor | undefined): Promise<boolean> {
  // Of the command line, or of a release that did not note it.
  if (!maker?.id) return true
  const { id, kind } = maker
  const holder =
    kind === 'operator' ? await operatorById(read, id as OperatorId) : await apiTokenById(read, id as ApiTokenId)
  return holder !== undefined && mayAct(holder.role, 'oidc.make-registration-token')
}

/** @param at when it was used; null: it was not @returns false where it is not good */
async function mark({ store, clock }: RegistrationNeeds, hash: string, at: number | null): Promise<boolean> {
  const result = await store.write((tx) =>
    tx
      .updateTable('registration_tokens')
      .set({ used_at: at })
      .where('hash', '=', hash)
      .where('expires_at', '>', clock.now())
      .where('used_at', at === null ? 'is not' : 'is', null)
      .executeTakeFirstOrThrow(),
  )
  return result.numUpdatedRows === 1n
}

function settingsOf(asked: Metadata): OidcClientChanges {
  const hasCiba = asked.grant_types.includes(CIBA_GRANT)
  return {
    authentication: asked.token_endpoint_auth_method === 'private_key_jwt' ? 'private-key' : 'secret',
    jwks: (asked.jwks ?? null) as OidcClientChanges['jwks'],
    jwksUri: asked.jwks_uri ?? null,
    refreshTokens: asked.grant_types.includes('refresh_token'),
    requirePar: asked.require_pushed_authorization_requests ?? false,
    requireDpop: asked.dpop_bound_access_tokens ?? false,
    postLogoutRedirectUris: asked.post_logout_redirect_uris ?? [],
    backchannelLogoutUri: asked.backchannel_logout_uri ?? null,
    ciba: hasCiba ? asked.backchannel_token_delivery_mode : null,
    cibaNotificationUri: asked.backchannel_client_notification_endpoint ?? null,
  }
}

/** RFC 7591 §3.2.2 */
function faultOf({ members }: Problem): [string, string] {
  const faults = Object.entries((members.errors ?? {}) as Record<string, string>)
  const [place, fault] = faults[0] ?? ['', 'client_name and redirect_uris must be there, and all as RFC 7591 says']
  return [place.startsWith('/redirectUris') ? 'invalid_redirect_uri' : 'invalid_client_metadata', `${place} ${fault}`]
}

const refused = (c: Call, status: 400 | 401, error: string, description: string) =>
  c.json({ error, error_description: description }, status)
