// /oidc/entra/<client>: this server as an external authentication method of Microsoft Entra ID. An issuer of its own,
// by the implicit profile that Microsoft documents and nothing else; the ordinary provider knows nothing of it.
import { Hono } from 'hono'
import { applicationId } from '../../../protocol/ids.ts'
import { PROBLEMS, Problem } from '../../../protocol/problems.ts'
import { ACR_PUSH } from '../../../protocol/sign-in.ts'
import { entraRedirectUri, oidcClientOf } from '../../applications/oidc-client.ts'
import { type ApplicationRow, applicationByClientId } from '../../applications/rows.ts'
import { record } from '../../audit/record.ts'
import type { UserRow } from '../../directory/rows.ts'
import { readFileSent } from '../../http/body.ts'
import type { AddressOf } from '../../http/client-address.ts'
import type { Call, Env } from '../../http/env.ts'
import { beginSignIn } from '../../login/begin.ts'
import type { LoginNeeds } from '../../login/needs.ts'
import { knownHere } from '../../sign-in/first-factor.ts'
import { isOutage } from '../../store/outage.ts'
import { countedAddress } from '../../throttling/address.ts'
import { takeHit } from '../../throttling/hits.ts'
import { onceAMinute } from '../../throttling/once-a-minute.ts'
import { errorPage } from '../error-page.ts'
import { entraIssuer } from '../mount.ts'
import { entraIdToken, postingPage } from './answer.ts'
import { type EntraAsked, promised, readEntraAsked } from './asked.ts'
import type { Clouds } from './clouds.ts'
import { type HintReader, HintRefused, KeysAway, type Tenant } from './hint.ts'
import { discovery, type PublishNeeds, publishedKeys, rsaKeys } from './published.ts'
import {
  beginEntraVisit,
  type EntraVisitNeeds,
  endEntraVisit,
  entraVisitOf,
  type Question,
  questionOf,
} from './visits.ts'
import { userMeant } from './whom.ts'

export type EntraNeeds = LoginNeeds &
  EntraVisitNeeds &
  PublishNeeds & {
    clouds: Clouds
    readHint: HintReader
    addressOf: AddressOf
  }

type Asking = { application: ApplicationRow; clientId: string; tenant: Tenant; issuer: string; redirectUri: string }

const MOST_BYTES = 64 * 1024

export function entraRoutes(needs: EntraNeeds): Hono<Env> {
  const routes = new Hono<Env>()
  const keys = publishedKeys(needs)
  const forged = onceAMinute(needs.clock)
  routes.get('/:client/.well-known/openid-configuration', async (c) => discovery((await askingOf(needs, c)).issuer))
  routes.get('/:client/keys', async (c) => {
    await askingOf(needs, c)
    return keys()
  })
  routes.post('/:client/authorize', async (c) => authorize({ ...needs, forged }, c, await askingOf(needs, c)))
  routes.get('/:client/answer/:visit', async (c) => answer(needs, c, await askingOf(needs, c)))
  return routes
}

/** @throws {Problem} not-found */
async function askingOf({ store, clouds, publicOrigin }: EntraNeeds, c: Call): Promise<Asking> {
  const id = applicationId.safeParse(c.req.param('client'))
  const application = id.success ? await applicationByClientId(store.read, id.data) : undefined
  const entra = application && oidcClientOf(application).entra
  if (!application || !entra) throw new Problem('not-found')
  const origin = clouds[entra.cloud]
  const clientId = application.id
  return {
    application,
    clientId,
    tenant: { origin, tenant: entra.tenant, application: entra.application },
    issuer: entraIssuer(publicOrigin, clientId),
    redirectUri: entraRedirectUri(origin),
  }
}

/** @property needs.forged how often something was refused that anybody may send; undefined: that is not told yet */
async function authorize(
  needs: EntraNeeds & { forged: ReturnType<typeof onceAMinute> },
  c: Call,
  asking: Asking,
): Promise<Response> {
  const asked = await readAsked(c, asking)
  if (typeof asked === 'string') return c.html(errorPage('invalid_request', asked), 400)
  const back = (error: string, why: string) =>
    postingPage(asking.redirectUri, { error, error_description: why, state: asked.state })
  const values = promised(asked)
  if (!values) return back('access_denied', 'neither acr nor amr can be as it was asked for')
  const address = needs.addressOf(c)
  const failedAs = (because: string, times?: number) =>
    failed(needs, asking.application, { address, because, microsoft: asked['client-request-id'], times })
  try {
    await mayAsk(needs, address)
    const { nonce, state, id_token_hint: hint } = asked
    const person = await needs.readHint(hint, { ...asking.tenant, clientId: asking.clientId })
    const user = await userMeant(needs.store.read, person)
    if (!user) {
      await failedAs('unknown-user')
      return back('access_denied', 'nobody here is that person')
    }
    await knownHere(needs, user, { application: asking.application, address, door: { door: 'entra' } })
    const question = { sub: person.sub, nonce, state, redirectUri: asking.redirectUri, promised: values }
    return await begin(needs, c, asking, { user, question, hint })
  } catch (error) {
    if (isOutage(error)) return back('temporarily_unavailable', 'the store can’t be used just now')
    if (error instanceof Problem)
      return back(isPassing(error) ? 'temporarily_unavailable' : 'access_denied', error.slug)
    if (!(error instanceof HintRefused)) throw error
    const times = needs.forged(`${asking.clientId} ${countedAddress(address)} ${error.message}`)
    if (times !== undefined) await failedAs(error.message, times)
    return back(error instanceof KeysAway ? 'temporarily_unavailable' : 'invalid_request', error.message)
  }
}

/** @throws {Problem} as for blocked addresses, too-many-sign-ins */
async function mayAsk({ blocks, store, limits, clock }: EntraNeeds, address: string): Promise<void> {
  await blocks.refuse(address)
  await takeHit(store, {
    // Of its own: any page can have its visitors' browsers post here, and passwords are counted elsewhere.
    bucket: `entra:${countedAddress(address)}`,
    rate: limits.authorizationsPerAddress,
    now: clock.now(),
  })
}

/** The same may be asked again in a while. */
const isPassing = ({ slug }: Problem) => [429, 503].includes(PROBLEMS[slug].status)

async function readAsked(c: Call, { clientId, redirectUri }: Asking): Promise<EntraAsked | string> {
  const form = await readForm(c)
  if (typeof form === 'string') return form
  const asked = readEntraAsked(form)
  if (typeof asked === 'string') return asked
  if (asked.client_id !== clientId) return 'client_id is not the one of this address'
  return asked.redirect_uri === redirectUri ? asked : 'redirect_uri is not that of Microsoft Entra ID'
}

/** @returns what is wrong with it, in words */
async function readForm(c: Call): Promise<URLSearchParams | string> {
  try {
    return new URLSearchParams(await readFileSent(c, 'application/x-www-form-urlencoded', MOST_BYTES))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error.slug === 'body-too-large' ? 'the request is too large' : 'the request is no form'
  }
}

async function failed({ store, clock }: EntraNeeds, { id }: ApplicationRow, detail: object): Promise<void> {
  const entry = {
    at: clock.now(),
    kind: 'sign-in-failed',
    application: id,
    detail: { door: 'entra', ...detail },
  } as const
  await store.write((tx) => record(tx, entry))
}

async function begin(
  needs: EntraNeeds,
  c: Call,
  { application, clientId }: Asking,
  { user, question, hint }: { user: UserRow; question: Question; hint: string },
): Promise<Response> {
  const visit = await beginEntraVisit(needs, c, { clientId, user: user.id, question, hint })
  if (!visit) throw new Problem('no-sign-in')
  const { id: uid, expires_at: expiresAt } = visit
  await beginSignIn(needs, c, { uid, expiresAt, application }, user)
  return c.redirect(`/login/${uid}`, 303)
}

async function answer(needs: EntraNeeds, c: Call, { clientId, issuer }: Asking): Promise<Response> {
  const visit = await entraVisitOf(needs, c, c.req.param('visit') ?? '')
  const [key] = rsaKeys(needs)
  if (visit?.client_id !== clientId || !key || !(await endEntraVisit(needs, c, visit)))
    return c.html(errorPage('no-sign-in', 'start again at the application'), 409)
  const question = questionOf(needs, visit)
  const { state, redirectUri, promised: values } = question
  const amr = visit.outcome === ACR_PUSH ? values.push : values.passcode
  if (visit.outcome === null || amr === undefined)
    return postingPage(redirectUri, { error: 'access_denied', error_description: 'the person did not sign in', state })
  const token = await entraIdToken(key, { issuer, clientId, question, amr, now: needs.clock.now() })
  return postingPage(redirectUri, { id_token: token, state })
}
