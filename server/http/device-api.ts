// /device/v1: the edge for the installed app and its worker.
import type { Hono } from 'hono'
import {
  activateCall,
  type DeviceConfig,
  freshCall,
  openCall,
  patchToken,
  putSubscription,
  receiptCall,
} from '../../protocol/device-api.ts'
import { deviceId, noticeId, requestId, type TokenId, tokenId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { PROOF_HEADER } from '../../protocol/proof.ts'
import type { DeviceRow } from '../devices/device-rows.ts'
import { authenticateProof } from '../devices/proof.ts'
import { giveUpToken, listTokens, renameToken, requireToken } from '../devices/tokens.ts'
import { type ActivateNeeds, activate } from '../enrolment/activate.ts'
import { type OpenNeeds, openEnrolment } from '../enrolment/open.ts'
import { noticesOnDevice, reportOnDevice } from '../on-device/notices.ts'
import { addAnother, devicesOfSamePeople, type OwnDevicesNeeds, removeOther } from '../on-device/own-devices.ts'
import { deviceHistory, pendingOnDevice, requestOnDevice } from '../on-device/requests.ts'
import { limitsFor } from '../policy/limits.ts'
import {
  type DeviceSubscriptionNeeds,
  isSubscribed,
  putOwnSubscription,
  removeOwnSubscription,
  sendTest,
} from '../push/own-subscription.ts'
import { type DecideNeeds, decide } from '../requests/decide.ts'
import { takeReceipt } from '../requests/deliveries.ts'
import type { WaitNeeds } from '../requests/wait.ts'
import { pausedOnDevice } from '../throttling/throttle.ts'
import type { ReportNoticeNeeds } from '../watching/report-notice.ts'
import { boundedBody, readJson, readText } from './body.ts'
import type { AddressOf } from './client-address.ts'
import { deviceEvents } from './device-events.ts'
import type { Call, Env, Middleware } from './env.ts'
import { conversation } from './routes.ts'

export type DeviceApiNeeds = DecideNeeds &
  ActivateNeeds &
  OpenNeeds &
  ReportNoticeNeeds &
  OwnDevicesNeeds &
  DeviceSubscriptionNeeds &
  WaitNeeds & {
    stopping: AbortSignal
    addressOf: AddressOf
  }

/** Calls that a device makes before it is known, and decisions, which carry a signature of their own. */
const UNPROVEN = ['/device/v1/enrolments/open', '/device/v1/enrolments/activate', '/device/v1/decisions']

export function deviceApi(needs: DeviceApiNeeds): Hono<Env> {
  return conversation([boundedBody, proven(needs)], {
    '/config': { GET: (c) => config(needs, c) },
    '/enrolments': { POST: (c) => another(needs, c) },
    '/enrolments/open': { POST: (c) => open(needs, c) },
    '/enrolments/activate': { POST: (c) => activation(needs, c) },
    '/subscription': { PUT: (c) => subscribe(needs, c), DELETE: (c) => unsubscribe(needs, c) },
    '/requests': { GET: (c) => requests(needs, c) },
    '/requests/:id': { GET: (c) => oneRequest(needs, c) },
    '/events': { GET: (c) => deviceEvents(needs, c) },
    '/receipts': { POST: (c) => receipt(needs, c) },
    '/decisions': { POST: (c) => decision(needs, c) },
    '/tokens': { GET: async (c) => c.json({ tokens: await listTokens(needs, c.get('device').id) }) },
    '/tokens/:id': { PATCH: (c) => rename(needs, c), DELETE: (c) => revoke(needs, c) },
    '/history': { GET: async (c) => c.json(await deviceHistory(needs, c.get('device').id, c.req.query('before'))) },
    '/devices': { GET: async (c) => c.json({ devices: await devicesOfSamePeople(needs, c.get('device').id) }) },
    '/devices/:id/remove': { POST: (c) => removal(needs, c) },
    '/notices': { GET: async (c) => c.json({ notices: await noticesOnDevice(needs, c.get('device').id) }) },
    '/notices/:id/report': { POST: (c) => report(needs, c) },
    '/push-test': { POST: (c) => pushTest(needs, c) },
  })
}

/** Every call but the unproven ones; a second activation may bring its proof along. */
function proven(needs: DeviceApiNeeds): Middleware {
  return async (c, next) => {
    if (!UNPROVEN.includes(c.req.path)) c.set('device', await provenDevice(needs, c))
    await next()
  }
}

function provenDevice(needs: DeviceApiNeeds, c: Call): Promise<DeviceRow> {
  const htu = needs.appOrigin + c.req.path
  return authenticateProof(needs, { header: c.req.header(PROOF_HEADER), method: c.req.method, htu })
}

/** Clients of other make get exactly what version 1 says; ours asks for more. */
async function config(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  const asksMore = c.req.query('with') === 'subscribed'
  return c.json({
    protocol: [1],
    vapidKey: needs.vapid.publicKey,
    serverTime: timestamp(needs.clock.now()),
    organisation: needs.organisation,
    ...(asksMore ? await standingOf(needs, c.get('device')) : {}),
  })
}

/** How things stand with this device, for our own app. */
async function standingOf(
  needs: DeviceApiNeeds,
  { id }: DeviceRow,
): Promise<Pick<DeviceConfig, 'subscribed' | 'pause'>> {
  const subscribed = await isSubscribed(needs, id)
  const paused = await pausedOnDevice(needs.store.read, id)
  if (!paused) return { subscribed }
  const { reportPause, pushPause } = await limitsFor(needs, { user: paused.user })
  const until = paused.until > needs.clock.now() ? timestamp(paused.until) : null
  return { subscribed, pause: { seconds: (reportPause ?? pushPause).seconds, until } }
}

async function open(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  return c.json(await openEnrolment(needs, { code: readJson(c, openCall).code, address: needs.addressOf(c) }))
}

async function activation(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  const prover = c.req.header(PROOF_HEADER) === undefined ? undefined : await provenDevice(needs, c)
  const caller = { address: needs.addressOf(c), ...(prover ? { provenDevice: prover } : {}) }
  return c.json(await activate(needs, readJson(c, activateCall), caller), 201)
}

async function subscribe(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  await putOwnSubscription(needs, c.get('device').id, readJson(c, putSubscription))
  return nothing()
}

async function unsubscribe(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  await removeOwnSubscription(needs, c.get('device').id)
  return nothing()
}

async function requests(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  return c.json({ requests: await pendingOnDevice(needs, c.get('device').id) })
}

async function oneRequest(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  const id = requestId.safeParse(c.req.param('id'))
  if (!id.success) throw new Problem('unknown-request')
  return c.json(await requestOnDevice(needs, c.get('device').id, id.data))
}

async function receipt(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  await takeReceipt(needs, c.get('device').id, readJson(c, receiptCall).request)
  return nothing()
}

async function decision(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  const { status, body } = await decide(needs, readText(c, 'application/jose').trim(), needs.addressOf(c))
  const type = status === 200 ? 'application/json' : 'application/problem+json'
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type } })
}

async function rename(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  const token = ownToken(c)
  await requireToken(needs, { device: c.get('device').id, token })
  return c.json(await renameToken(needs, { device: c.get('device').id, token, label: readJson(c, patchToken).label }))
}

async function revoke(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  await giveUpToken(needs, ownToken(c), c.get('device').id)
  return nothing()
}

async function another(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  return c.json(await addAnother(needs, c.get('device').id, readJson(c, freshCall)), 201)
}

async function removal(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  const id = deviceId.safeParse(c.req.param('id'))
  if (!id.success) throw new Problem('unknown-token')
  await removeOther(needs, { device: c.get('device').id, other: id.data, ...readJson(c, freshCall) })
  return nothing()
}

async function report(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  const id = noticeId.safeParse(c.req.param('id'))
  if (!id.success) throw new Problem('unknown-notice')
  await reportOnDevice(needs, c.get('device').id, id.data)
  return nothing()
}

async function pushTest(needs: DeviceApiNeeds, c: Call): Promise<Response> {
  await sendTest(needs, c.get('device').id)
  return new Response(null, { status: 202 })
}

function ownToken(c: Call): TokenId {
  const id = tokenId.safeParse(c.req.param('id'))
  if (!id.success) throw new Problem('unknown-token')
  return id.data
}

function nothing(): Response {
  return new Response(null, { status: 204 })
}
