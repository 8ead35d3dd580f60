// A notification was pressed. An Approve that needs nothing more is decided here and the app never opens; one that does
// opens the app with the intent left in the store, never in the address.
import {
  callsForCaution,
  type Decision,
  type Device,
  DeviceError,
  type DeviceRequest,
  decide,
  leaveIntent,
  mayApproveInWorker,
  refreshTokens,
  requestById,
  situation,
} from '../client/device/index.ts'
import type { Verdict } from '../protocol/decision.ts'
import { updateBadge } from './badge.ts'
import { ifPossible, isBadDay } from './if-possible.ts'
import { answerNotice } from './notices.ts'
import { saidOfDecided, saidOfRefusal, saidWhenNotKept, saidWhileSending, showSaid } from './outcome.ts'
import { keepTrying } from './retry.ts'
import { readShown, type ShownData } from './tray.ts'
import { openApp, openRequest, tellWindows } from './windows.ts'
import type { Worker } from './worker.ts'

type Pressed = Pick<Notification, 'data' | 'close'>
type About = Exclude<ShownData, { kind: 'notice' }>

/** @param action empty for a press on the notification itself */
export async function answer(worker: Worker, notification: Pressed, action: string): Promise<void> {
  const about = readShown(notification.data)
  if (!about) {
    notification.close()
    return openApp(worker)
  }
  if (about.kind === 'notice') return answerNotice(worker, notification, about.id, action)
  if (about.kind === 'login-request' && action === 'approve') return approve(worker, notification, about)
  if (about.kind === 'login-request' && action === 'deny') return refuse(worker, notification, about, 'deny')
  if (action === 'report') return refuse(worker, notification, about, 'report')
  notification.close()
  return openRequest(worker, about.id)
}

async function approve(worker: Worker, notification: Pressed, about: About): Promise<void> {
  const device = isHasty(worker, about) ? undefined : await ifPossible(() => worker.device())
  const approval = device && (await ifPossible(() => readyApproval(device, about.request)))
  if (approval && about.request) return decideHere(worker, about.request, approval)
  notification.close()
  if (device) await ifPossible(() => leaveIntentFor(device, about))
  await openRequest(worker, about.id)
}

/** Then a press opens the request and means no more than that. */
const isHasty = ({ clock }: Worker, about: About) =>
  about.kind === 'login-request' && about.approveFrom !== undefined && clock.now() < about.approveFrom

/** An approval that needs nothing but this press, if request, token and situation allow one. */
async function readyApproval(device: Device, request: DeviceRequest | undefined): Promise<Decision | undefined> {
  const token = request && (await device.store.get('tokens', request.token))
  if (!request || !mayApproveInWorker(request, token, await isCautious(device, request))) return undefined
  return { verdict: 'approve', number: null, keys: token.keys }
}

/** In a situation that calls for caution a press opens the request and means no more than that. */
async function leaveIntentFor(device: Device, { id, request }: About): Promise<void> {
  if (!request || !(await isCautious(device, request))) await leaveIntent(device, id)
}

async function isCautious({ store, clock }: Device, request: DeviceRequest): Promise<boolean> {
  const now = clock.now()
  return callsForCaution(request, await situation(store, now), now)
}

async function refuse(worker: Worker, notification: Pressed, about: About, verdict: 'deny' | 'report'): Promise<void> {
  const request = about.request ?? (await ifPossible(async () => requestById(await worker.device(), about.id)))
  if (request) return decideHere(worker, request, { verdict })
  // What it is about could be learned neither here nor from the server: the app shows what can be done.
  notification.close()
  await openRequest(worker, about.id)
}

async function decideHere(worker: Worker, request: DeviceRequest, decision: Decision): Promise<void> {
  try {
    const outcome = await decide(await worker.device(), request, decision)
    await tellDecided(worker)
    if (outcome.sent) return await showSaid(worker, request, saidOfDecided(request, decision.verdict, outcome.decided))
  } catch (error) {
    if (!isBadDay(error)) throw error
    await tellDecided(worker)
    const said =
      error instanceof DeviceError ? await saidOf(worker, request, decision.verdict, error) : saidWhenNotKept()
    return showSaid(worker, request, said)
  }
  await showSaid(worker, request, saidWhileSending())
  await keepTrying(worker)
}

/** The refusal does not tell a suspended token from one that was taken away: the server is asked. */
async function saidOf(worker: Worker, request: DeviceRequest, verdict: Verdict, error: DeviceError) {
  const tokens =
    error.slug === 'token-inactive' ? await ifPossible(async () => refreshTokens(await worker.device())) : []
  return saidOfRefusal(verdict, error, tokens?.find(({ id }) => id === request.token)?.state === 'revoked')
}

async function tellDecided(worker: Worker): Promise<void> {
  await tellWindows(worker, { type: 'requests-changed' })
  await updateBadge(worker)
}
