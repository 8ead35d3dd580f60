// A server beside a push service of the test's own, and people whose devices have subscribed there.
import { afterAll, expect } from 'vitest'
import type { TokenPolicy } from '../../protocol/login-request.ts'
import type { Environment } from '../../server/config.ts'
import type { Engine } from './engines.ts'
import { type PushMessage, type PushService, startPushService } from './push-service.ts'
import { GENEROUS, type ServerOptions } from './server.ts'
import { trust } from './trust.ts'
import type { Json } from './wire-call.ts'
import type { SubscriptionJson, WireDevice } from './wire-device.ts'
import { type WireHouse, wireHouse } from './wire-house.ts'

export type Subscribed = { username: string; device: WireDevice; subscription: SubscriptionJson }

/** What a push says, as the worker reads it. */
export type PushText = {
  web_push: number
  mutable: boolean
  app_badge: number
  notification: Json & { title: string; body: string; tag: string; navigate: string }
  countersign: { v: number; kind: string; request?: Json & { id: string }; notice?: Json & { id: string } }
}
export type Push = { message: PushMessage; text: PushText }

export interface PushHouse {
  readonly house: WireHouse
  readonly service: PushService
  subscribed(policy?: Partial<TokenPolicy>): Promise<Subscribed>
  /** One more device of somebody. */
  another(username: string, policy?: Partial<TokenPolicy>): Promise<Subscribed>
  /** The next push that reaches this device, but for notices. */
  next(of: Subscribed): Promise<Push>
  /** The next notice that reaches it. */
  notice(of: Subscribed): Promise<Push>
  /** All that reached it but notices, once nothing is left to be sent to it. */
  all(of: Subscribed): Promise<Push[]>
  /** Lets time pass until the push to this device that failed is due again. */
  untilDue(of: Subscribed): Promise<void>
}

export function pushHouse(
  engine: Engine,
  options: Pick<ServerOptions, 'lookup'> & { env?: Environment | (() => Environment) } = {},
): PushHouse {
  let service: PushService
  const house = wireHouse(engine, async (clock) => {
    service = await startPushService({ now: clock.now })
    trust(service.ca)
    const own = typeof options.env === 'function' ? options.env() : options.env
    return { ...options, env: { COUNTERSIGN_PUSH_ORIGINS: service.origin, ...GENEROUS, ...own } }
  })
  afterAll(() => service.stop())

  const outbox = async ({ device }: Subscribed) => {
    const all = await house.server.store.read.selectFrom('outbox').selectAll().execute()
    return all.filter((job) => String(job.device_id) === device.id)
  }
  const pushes: PushHouse = {
    house,
    get service() {
      return service
    },
    subscribed: async (policy) => pushes.another(await house.server.user(), policy),
    async another(username, policy) {
      const device = await house.server.device(username, policy)
      const { body } = await device.call<{ vapidKey: string }>('GET', '/device/v1/config')
      const subscription = service.createSubscription({ applicationServerKey: body.vapidKey })
      const { status, text } = await device.subscribe(subscription)
      if (status !== 204) throw new Error(`not subscribed: ${text}`)
      return { username, device, subscription }
    },
    async next({ subscription: { endpoint } }) {
      return opened(
        await service.nextMessage((message) => message.subscription.endpoint === endpoint && !isNotice(message)),
      )
    },
    async notice({ subscription: { endpoint } }) {
      return opened(
        await service.nextMessage((message) => message.subscription.endpoint === endpoint && isNotice(message)),
      )
    },
    async all(of) {
      await expect.poll(() => outbox(of)).toEqual([])
      const { endpoint } = of.subscription
      const own = service.messages.filter((message) => message.subscription.endpoint === endpoint)
      return own.filter((message) => !isNotice(message)).map(opened)
    },
    async untilDue(of) {
      let dueAt = 0
      const postponed = async () => {
        dueAt = (await outbox(of)).find((job) => job.attempts > 0 && job.claimed_until === 0)?.due_at ?? 0
        return dueAt
      }
      await expect.poll(postponed).toBeGreaterThan(house.clock.now())
      await house.clock.advance(dueAt - house.clock.now())
    },
  }
  return pushes
}

const isNotice = (message: PushMessage) => opened(message).text.countersign.kind === 'notice'
const opened = (message: PushMessage): Push => ({ message, text: JSON.parse(message.plaintext ?? '') as PushText })
