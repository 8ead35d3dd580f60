// /account: where people look after their own account.
import type { Hono } from 'hono'
import {
  type Account,
  addressCall,
  addressesCall,
  changePasswordCall,
  confirmAddressCall,
  type NewCodes,
} from '../../protocol/account-api.ts'
import { deviceId } from '../../protocol/ids.ts'
import { bareCall } from '../../protocol/login-api.ts'
import { timeOrNull } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { ACR_PASSCODE, ACR_PUSH } from '../../protocol/sign-in.ts'
import { loseDevice } from '../devices/lost.ts'
import { requireOldEnough } from '../devices/old-enough.ts'
import { tokensWithDevices } from '../devices/token-rows.ts'
import { isPasswordElsewhere } from '../directory/external.ts'
import { changeAddresses, confirmAddress, ownAddresses, sendCodeAgain } from '../directory/notice-addresses.ts'
import { changeOwnPassword, type OwnPasswordNeeds } from '../directory/own-password.ts'
import { holdSession } from '../handed-out/held-session.ts'
import { boundedBody, readJson } from '../http/body.ts'
import type { AddressOf } from '../http/client-address.ts'
import type { Call, Env } from '../http/env.ts'
import { sameOriginPosts } from '../http/headers.ts'
import { conversation, type Handler } from '../http/routes.ts'
import { signInIdFrom, takeCookie } from '../login/cookie.ts'
import { outcomeOf } from '../login/finish.ts'
import { signInRow } from '../login/rows.ts'
import { accountDevices } from '../on-device/own-devices.ts'
import { makeRecoveryCodes, mayRecover, recoveryCodesOf } from '../recovery/codes.ts'
import { countedAddress } from '../throttling/address.ts'
import { takeHit } from '../throttling/hits.ts'
import type { ReportNoticeNeeds } from '../watching/report-notice.ts'
import { accountHistory, reportOwnNotice, reportRequest } from './history.ts'
import { beginSession, endSession, type Session, sessionOf } from './sessions.ts'
import { reportTypedSignIn } from './typed-sign-ins.ts'
import { beginVisit, endVisit, type VisitNeeds, visitOf } from './visits.ts'

export type AccountNeeds = VisitNeeds &
  ReportNoticeNeeds &
  OwnPasswordNeeds & {
    organisation: { name: string }
    addressOf: AddressOf
    /** the built page */
    page: (c: Call) => Response
  }

type SignedInHandler = (c: Call, session: Session) => Promise<Response>

export function accountRoutes(needs: AccountNeeds): Hono<Env> {
  const own =
    (handle: SignedInHandler): Handler =>
    async (c) =>
      handle(c, await sessionOf(needs, c))
  return conversation([boundedBody, sameOriginPosts(needs.publicOrigin)], {
    '/': { GET: needs.page },
    '/arrive/:visit': { GET: (c) => arrive(needs, c) },
    '/api/begin': { POST: (c) => begin(needs, c) },
    '/api/me': { GET: own(async (c, session) => c.json(await account(needs, session))) },
    '/api/history': { GET: own(async (c, session) => c.json(await accountHistory(needs, session))) },
    '/api/devices/:id/lost': { POST: own((c, session) => lost(needs, c, session)) },
    '/api/requests/:id/report': {
      POST: own((c, { user, id }) => done(reportRequest(needs, { user: user.id, session: id }, c.req.param('id')))),
    },
    '/api/sign-ins/:id/report': {
      POST: own((c, { id: session, user }) =>
        done(reportTypedSignIn(needs, { user: user.id, session }, c.req.param('id'))),
      ),
    },
    '/api/notices/:id/report': {
      POST: own((c, session) => done(reportOwnNotice(needs, session, c.req.param('id')))),
    },
    '/api/password': { POST: own((c, session) => password(needs, c, session)) },
    '/api/codes': { POST: own((c, session) => codes(needs, c, session)) },
    '/api/addresses': { PUT: own((c, session) => addresses(needs, c, session)) },
    '/api/addresses/code': { POST: own((c, session) => codeAgain(needs, c, session)) },
    '/api/addresses/confirm': { POST: own((c, session) => confirm(needs, c, session)) },
    '/api/leave': { POST: own((c, session) => done(endSession(needs, c, session))) },
  })
}

async function done(work: Promise<void>): Promise<Response> {
  await work
  return new Response(null, { status: 204 })
}

async function begin(needs: AccountNeeds, c: Call): Promise<Response> {
  readJson(c, bareCall)
  const { store, clock, limits } = needs
  const bucket = `account:${countedAddress(needs.addressOf(c))}`
  await takeHit(store, { bucket, rate: limits.authorizationsPerAddress, now: clock.now() })
  return c.json({ continueTo: await beginVisit(needs, c) })
}

/** From the login page: what was signed in there becomes a session here, once, and only with two factors. */
async function arrive(needs: AccountNeeds, c: Call): Promise<Response> {
  const uid = c.req.param('visit') ?? ''
  // A name that nobody's visit has can't be that of a cookie either.
  if (!(await visitOf(needs, c, uid))) return c.redirect('/account', 303)
  const id = signInIdFrom(c, uid)
  const signIn = id ? await signInRow(needs.store.read, id) : undefined
  const outcome = signIn?.interaction === uid ? outcomeOf(signIn) : undefined
  if (signIn && outcome && (outcome.acr === ACR_PUSH || outcome.acr === ACR_PASSCODE))
    await beginSession(needs, c, {
      id: signIn.id,
      user: signIn.user_id,
      request: outcome.acr === ACR_PUSH ? signIn.request_id : null,
      device: outcome.device ?? null,
      codeMadeAt: outcome.codeMadeAt ?? null,
    })
  takeCookie(c, uid)
  await endVisit(needs, c, uid)
  return c.redirect('/account', 303)
}

async function account(needs: AccountNeeds, { user, device }: Session): Promise<Account> {
  const { read } = needs.store
  const { left, madeAt } = await recoveryCodesOf(read, user.id)
  return {
    username: user.username,
    displayName: user.display_name,
    organisation: needs.organisation.name,
    hasPassword: user.password_hash !== null,
    passwordElsewhere: isPasswordElsewhere(needs.external, user),
    email: user.email,
    addresses: await ownAddresses(read, user.id),
    mail: needs.mail.isOn,
    codes: {
      allowed: mayRecover(await needs.policies.of({ user: user.id })),
      left,
      madeAt: timeOrNull(madeAt),
    },
    devices: accountDevices(await tokensWithDevices(read, user.id), { device, username: user.username }),
  }
}

/**
 * Attack stopped: somebody whose sign-in was approved by mistake takes away the device that would tell its person, and
 * could say 'It wasn’t me!': there and then, or by a recovery code that they make there. Or they were read one of its codes,
 * or talked the help desk out of a passcode.
 */
async function lost(
  needs: AccountNeeds,
  c: Call,
  { id: session, user, device, codeMadeAt }: Session,
): Promise<Response> {
  const id = deviceId.safeParse(c.req.param('id'))
  if (!id.success) throw new Problem('unknown-token')
  if (id.data === device) throw new Problem('not-lost')
  if (codeMadeAt !== null) {
    const taking = { user: user.id, device: id.data, since: codeMadeAt }
    await requireOldEnough(needs.store.read, needs.clock.now(), taking)
  }
  return done(loseDevice(needs, { user: user.id, device: id.data, session }))
}

function password(needs: AccountNeeds, c: Call, { id, user }: Session): Promise<Response> {
  return done(changeOwnPassword(needs, user.id, { ...readJson(c, changePasswordCall), session: id }))
}

/** Of each a person is told. Attack stopped: so many of them that what was told before is no longer found in the list. */
const CHANGES = { count: 10, seconds: 24 * 3600 }

function countChange({ store, clock }: AccountNeeds, { user }: Session): Promise<void> {
  return takeHit(store, { bucket: `changes:${user.id}`, rate: CHANGES, now: clock.now(), user: user.id })
}

async function codes(needs: AccountNeeds, c: Call, session: Session): Promise<Response> {
  readJson(c, bareCall)
  await countChange(needs, session)
  const made = await makeRecoveryCodes(needs, session.user.id, (tx) => holdSession(tx, session))
  return c.json({ codes: made } satisfies NewCodes)
}

async function addresses(needs: AccountNeeds, c: Call, session: Session): Promise<Response> {
  const { addresses: typed } = readJson(c, addressesCall)
  await countChange(needs, session)
  return done(changeAddresses(needs, session.user.id, { typed, held: (tx) => holdSession(tx, session) }))
}

function codeAgain(needs: AccountNeeds, c: Call, { user }: Session): Promise<Response> {
  return done(sendCodeAgain(needs, user.id, readJson(c, addressCall).address))
}

function confirm(needs: AccountNeeds, c: Call, session: Session): Promise<Response> {
  const typed = readJson(c, confirmAddressCall)
  return done(confirmAddress(needs, session.user.id, { ...typed, held: (tx) => holdSession(tx, session) }))
}
