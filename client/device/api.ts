// The device API, call by call (protocol §4–6). Every call throws DeviceError, Unreachable or StorageError.
import type * as z from 'zod/mini'
import {
  type ActivateCall,
  type Activated,
  activated,
  type Decided,
  type DeviceConfig,
  type DeviceRequest,
  type DeviceToken,
  decided,
  deviceConfig,
  deviceRequest,
  deviceRequests,
  deviceToken,
  deviceTokens,
  type EnrolmentOffer,
  enrolmentOffer,
  type HistoryEntry,
  historyPage,
  type Subscription,
} from '../../protocol/device-api.ts'
import type { RequestId, TokenId } from '../../protocol/ids.ts'
import { CALL_TIMEOUT_MS, type Call, type Send } from './call.ts'
import type { ServerClock } from './clock.ts'
import { Unreachable } from './errors.ts'
import { within } from './within.ts'

export type DeviceApi = {
  config(): Promise<DeviceConfig>
  openEnrolment(code: string): Promise<EnrolmentOffer>
  activate(call: ActivateCall): Promise<Activated>
  putSubscription(subscription: Subscription, vapidKey: string): Promise<void>
  deleteSubscription(): Promise<void>
  /** pending ones, newest first */
  requests(): Promise<DeviceRequest[]>
  request(id: RequestId): Promise<DeviceRequest>
  /** an event stream; the caller reads it */
  events(signal: AbortSignal): Promise<Response>
  sendReceipt(request: RequestId, event: 'shown' | 'opened'): Promise<void>
  /** @param jws as `signDecision` makes it */
  decide(jws: string): Promise<Decided>
  tokens(): Promise<DeviceToken[]>
  renameToken(id: TokenId, label: string): Promise<DeviceToken>
  removeToken(id: TokenId): Promise<void>
  history(before?: string): Promise<{ requests: HistoryEntry[]; next: string | null }>
  /** What only some screens ask for stands beside them, and is loaded with them. */
  ask<T>(schema: z.ZodMiniType<T>, call: Call): Promise<T>
  tell(call: Call): Promise<void>
  /** Asks for a harmless push. */
  testPush(): Promise<void>
}

export function deviceApi({ send, clock }: { send: Send; clock: ServerClock }): DeviceApi {
  async function ask<T>(schema: z.ZodMiniType<T>, call: Call): Promise<T> {
    const sent = clock.local()
    const value = await readJson(clock, await send(call))
    await learnTime(clock, value, sent)
    const parsed = schema.safeParse(value)
    if (!parsed.success) throw new Unreachable('the answer is not in our protocol', { cause: parsed.error })
    return parsed.data
  }
  async function tell(call: Call): Promise<void> {
    await send(call)
  }
  const get = (path: string, query?: Record<string, string>): Call => ({ method: 'GET', path, ...(query && { query }) })
  const post = (path: string, json: unknown, proof: Call['proof'] = 'always'): Call => ({
    method: 'POST',
    path,
    json,
    proof,
  })

  return {
    config: () => ask(deviceConfig, get('/config', { with: 'subscribed' })),
    openEnrolment: (code) => ask(enrolmentOffer, post('/enrolments/open', { code }, 'never')),
    activate: (call) => ask(activated, post('/enrolments/activate', call, 'if-known')),
    putSubscription: (subscription, vapidKey) =>
      tell({ method: 'PUT', path: '/subscription', json: { ...subscription, vapidKey } }),
    deleteSubscription: () => tell({ method: 'DELETE', path: '/subscription' }),
    requests: async () => (await ask(deviceRequests, get('/requests'))).requests,
    request: (id) => ask(deviceRequest, get(`/requests/${id}`)),
    events: (signal) => send({ ...get('/events'), signal }),
    sendReceipt: (request, event) => tell(post('/receipts', { request, event })),
    decide: (jws) => ask(decided, { method: 'POST', path: '/decisions', jose: jws, proof: 'never' }),
    tokens: async () => (await ask(deviceTokens, get('/tokens'))).tokens,
    renameToken: (id, label) => ask(deviceToken, { method: 'PATCH', path: `/tokens/${id}`, json: { label } }),
    removeToken: (id) => tell({ method: 'DELETE', path: `/tokens/${id}` }),
    history: (before) => ask(historyPage, get('/history', before === undefined ? undefined : { before })),
    ask,
    tell,
    testPush: () => tell(post('/push-test', {})),
  }
}

async function readJson(clock: ServerClock, response: Response): Promise<unknown> {
  try {
    return await within(
      clock,
      CALL_TIMEOUT_MS,
      () => response.json(),
      () => new Unreachable('half an answer'),
    )
  } catch (error) {
    // A captive portal's page, or a connection that broke in the middle of the answer.
    throw new Unreachable('the answer could not be read', { cause: error })
  }
}

async function learnTime(clock: ServerClock, value: unknown, sent: number): Promise<void> {
  if (typeof value !== 'object' || value === null || !('serverTime' in value)) return
  if (typeof value.serverTime === 'string') await clock.learn(value.serverTime, sent, clock.local())
}
