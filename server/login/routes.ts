// /login: the hosted login page and what it says to the server.
import type { Hono } from 'hono'
import { recoveryCall } from '../../protocol/account-api.ts'
import {
  bareCall,
  type Left,
  passwordCall,
  pushCall,
  redeemPasscodeCall,
  type SignInView,
  typedPasscodeCall,
} from '../../protocol/login-api.ts'
import { Problem } from '../../protocol/problems.ts'
import { iconByHash } from '../applications/icon.ts'
import { boundedBody, readJson } from '../http/body.ts'
import type { Call, Env } from '../http/env.ts'
import { eventStream } from '../http/event-stream.ts'
import { sameOriginPosts } from '../http/headers.ts'
import { conversation } from '../http/routes.ts'
import type { From } from '../policy/unusual.ts'
import { cancelRequest, unlessSettled } from '../requests/cancel.ts'
import { isFinal } from '../requests/state.ts'
import { Bell } from '../requests/wait.ts'
import { countedAddress } from '../throttling/address.ts'
import { takeCookie } from './cookie.ts'
import { redeemPasscode, typePasscode } from './finish.ts'
import { knowingBrowser } from './known-browser.ts'
import type { LoginNeeds } from './needs.ts'
import { enterPassword } from './password.ts'
import { browserContext, cancelPush, requestOf, sendPush } from './push.ts'
import { typeRecoveryCode } from './recover.ts'
import { remembering } from './remembered.ts'
import { removeSignIn } from './rows.ts'
import { afterwards, pastPassword, refuseTyped, type UnderWay, underWay } from './under-way.ts'
import { nextView, signInView } from './view.ts'

export function loginRoutes(needs: LoginNeeds): Hono<Env> {
  return conversation([boundedBody, sameOriginPosts(needs.publicOrigin)], {
    '/:interaction': { GET: needs.page },
    '/icons/:hash': { GET: (c) => icon(needs, c) },
    '/:interaction/api/state': { GET: (c) => show(needs, c) },
    '/:interaction/api/events': { GET: (c) => events(needs, c) },
    '/:interaction/api/password': { POST: (c) => password(needs, c) },
    '/:interaction/api/push': { POST: (c) => push(needs, c) },
    '/:interaction/api/passcode': { POST: (c) => passcode(needs, c) },
    '/:interaction/api/recovery': { POST: (c) => recovery(needs, c) },
    '/:interaction/api/redeem': { POST: (c) => redeem(needs, c) },
    '/:interaction/api/cancel': { POST: (c) => cancel(needs, c) },
    '/:interaction/api/leave': { POST: (c) => leave(needs, c) },
  })
}

async function show(needs: LoginNeeds, c: Call): Promise<Response> {
  return c.json(await signInView(needs, await underWay(needs, c), { from: from(needs, c) }))
}

async function showAnew(needs: LoginNeeds, c: Call, under: UnderWay): Promise<Response> {
  return c.json(await signInView(needs, await afterwards(needs, c, under), { from: from(needs, c) }))
}

/** The name is of the content, so it never changes. */
async function icon(needs: LoginNeeds, c: Call): Promise<Response> {
  const found = await iconByHash(needs.store.read, c.req.param('hash') ?? '')
  if (!found) throw new Problem('not-found')
  return new Response(Buffer.from(found.bytes, 'base64'), {
    headers: {
      'Content-Type': found.type,
      'Cache-Control': 'public, max-age=31536000, immutable',
      'Content-Security-Policy': "default-src 'none'; sandbox",
    },
  })
}

function from(needs: LoginNeeds, c: Call): From & { address: string } {
  const { ip, userAgent } = browserContext(needs, c)
  return { address: ip, userAgent }
}

async function password(needs: LoginNeeds, c: Call): Promise<Response> {
  await needs.blocks.refuse(needs.addressOf(c))
  const under = await underWay(needs, c)
  const signIn = await enterPassword(needs, c, under, readJson(c, passwordCall))
  return c.json(await signInView(needs, { ...under, signIn }, { from: from(needs, c) }))
}

async function push(needs: LoginNeeds, c: Call): Promise<Response> {
  const under = await pastPassword(needs, c)
  await sendPush(needs, c, under, readJson(c, pushCall).seen)
  return showAnew(needs, c, under)
}

async function passcode(needs: LoginNeeds, c: Call): Promise<Response> {
  const under = await pastPassword(needs, c)
  refuseTyped(under)
  const { signIn } = under
  const typed = { ...readJson(c, typedPasscodeCall), ...from(needs, c) }
  await remembering(needs, c, signIn, (also) => typePasscode(needs, signIn, { ...typed, also }))
  return showAnew(needs, c, under)
}

async function recovery(needs: LoginNeeds, c: Call): Promise<Response> {
  const under = await pastPassword(needs, c)
  refuseTyped(under)
  const { signIn } = under
  const typed = { ...readJson(c, recoveryCall), ...from(needs, c) }
  await knowingBrowser(needs, c, signIn.user_id, (also) => typeRecoveryCode(needs, signIn, { ...typed, also }))
  return showAnew(needs, c, under)
}

async function redeem(needs: LoginNeeds, c: Call): Promise<Response> {
  await needs.blocks.refuse(needs.addressOf(c))
  const under = await pastPassword(needs, c)
  const { passcode } = readJson(c, redeemPasscodeCall)
  await remembering(needs, c, under.signIn, (also) => redeemPasscode(needs, under, { passcode, also }))
  return showAnew(needs, c, under)
}

async function cancel(needs: LoginNeeds, c: Call): Promise<Response> {
  const under = await pastPassword(needs, c)
  readJson(c, bareCall)
  await cancelPush(needs, under.signIn)
  return showAnew(needs, c, under)
}

/** The person turns back: nothing of this sign-in stays, and the application is told. */
async function leave(needs: LoginNeeds, c: Call): Promise<Response> {
  const { authorization, signIn } = await underWay(needs, c)
  readJson(c, bareCall)
  const request = signIn && (await requestOf(needs, signIn))
  if (request?.state === 'pending') await unlessSettled(cancelRequest(needs, request))
  if (signIn) await needs.store.write((tx) => removeSignIn(tx, signIn.id))
  takeCookie(c, authorization.uid)
  return c.json({ continueTo: await authorization.refuse() } satisfies Left)
}

/** The view, at once and whenever the request changes, until the request has ended. */
async function events(needs: LoginNeeds, c: Call): Promise<Response> {
  const first = await pastPassword(needs, c)
  const request = await requestOf(needs, first.signIn)
  if (!request) return new Response(null, { status: 204 })
  let seen: typeof first | undefined = first
  let shown: SignInView | undefined
  return eventStream(c, {
    bell: new Bell(needs, `request:${request.id}`),
    stopping: needs.stopping,
    waiting: needs.waiting,
    who: countedAddress(needs.addressOf(c)),
    nextLook: () => Math.max(0, request.expires_at - needs.clock.now()) || Number.POSITIVE_INFINITY,
    snapshot: async () => {
      const now = seen ?? (await pastPassword(needs, c, first))
      seen = undefined
      // Asked for anew in any case: it may have changed before the bell was there.
      const row = await requestOf(needs, now.signIn)
      const isOver = row?.id !== request.id || isFinal(row)
      shown = await nextView(needs, now, { shown, from: from(needs, c), seen: row })
      return { event: 'view', data: JSON.stringify(shown), last: isOver }
    },
  })
}
