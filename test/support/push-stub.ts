// Real encryption, real worker, real notifications, only without the vendor between: `subscribe()` hands out the
// double's subscriptions, and what the double receives for them is fired in this browser's worker.
import { readFile } from 'node:fs/promises'
import type { LaunchedBrowser, LaunchOptions } from './chromium.ts'
import { launchBrowser } from './chromium.ts'
import { startPrependingProxy } from './prepending-proxy.ts'
import type { PushMessage, PushService } from './push-service.ts'
import type { SubscriptionJson } from './push-subscriptions.ts'
import { watchWorkers } from './worker-push.ts'

/** What `subscribe()` does: answers, stays pending for ever (as without a push backend), is refused, or fails. */
export type SubscribeBehaviour = 'answer' | 'never' | 'denied' | 'unavailable'

export interface PushStubOptions {
  /** Origin of the app (http), which serves its worker at `/sw.js` with the whole origin as its scope. */
  origin: string
  service: PushService
  subscribe?: SubscribeBehaviour
  /** A script that runs before all others, in pages and in the worker. */
  prelude?: string
  /** Hears of each request of the browser as it leaves it, its worker's too. */
  heard?: (url: string) => void
}

export interface PushStub {
  /** May be changed at any time. */
  subscribe: SubscribeBehaviour
  /** Resolves when `subscribe()` has been called. */
  asked(): Promise<void>
  /** What the browser holds now. */
  subscription(): SubscriptionJson | null
  /** Forgets the subscription without telling the app, as browsers do after some silent pushes. */
  lose(): void
  /** False keeps messages back, as for a phone without a network; true delivers them, one for each topic. */
  setReachable(reachable: boolean): Promise<void>
  /** What was fired in the worker, oldest first. */
  delivered: readonly PushMessage[]
  /** Fires `sync` in the worker, as the browser does when there is a network again. */
  sync(tag: string): Promise<void>
}

export interface BrowserWithPush extends LaunchedBrowser {
  push: PushStub
  /** From now on the worker's script is another one, which begins with this: a new version. */
  changeWorker(script: string): void
  /** Cuts the whole browser off, its worker too when that is stopped and woken, or lets it back. */
  setConnected(connected: boolean): void
}

interface Held {
  json: SubscriptionJson
  applicationServerKey: string
}

/** A browser with push of its own: two of them side by side are two devices, and each only hears its own subscriptions. */
export async function launchWithPush(options: PushStubOptions & LaunchOptions): Promise<BrowserWithPush> {
  const { origin, service, subscribe = 'answer', prelude = '', heard = () => {}, args = [], ...launch } = options
  const script = prelude + (await stubScript(`${origin}/__push`))
  const proxy = await startPrependingProxy({ url: `${origin}/sw.js`, prefix: script, heard })
  const browser = await launchBrowser({ args: [...args, ...proxy.flags], ...launch })
  await browser.context.addInitScript({ content: script })
  const push = await connectStub(browser, { origin, service, subscribe })
  const close = async () => {
    await browser.close()
    await proxy.stop()
  }
  const changeWorker = (more: string) => {
    proxy.prefix = `${script}\n;${more}`
  }
  const { setConnected } = proxy
  return { ...browser, push, changeWorker, setConnected, close, [Symbol.asyncDispose]: close }
}

async function connectStub(
  browser: LaunchedBrowser,
  options: Required<Omit<PushStubOptions, 'prelude' | 'heard'>>,
): Promise<PushStub> {
  const { origin, service } = options
  const { context, cdp } = browser
  const worker = await watchWorkers({ cdp, scope: `${origin}/` })
  const own = new Set<string>()
  const delivered: PushMessage[] = []
  let held: Held | null = null
  let reachable = true
  let kept: PushMessage[] = []
  const asked = Promise.withResolvers<void>()

  const stub: PushStub = {
    subscribe: options.subscribe,
    asked: () => asked.promise,
    subscription: () => held?.json ?? null,
    lose: () => drop(),
    setReachable: async (now) => {
      reachable = now
      if (!reachable) return
      for (const message of kept.splice(0)) await deliver(message)
    },
    delivered,
    sync: (tag) => worker.sync(tag),
  }

  const drop = () => {
    if (held) service.gone(held.json.endpoint)
    held = null
  }

  const subscribe = (applicationServerKey: string) => {
    asked.resolve()
    if (stub.subscribe !== 'answer') return REFUSALS[stub.subscribe]
    if (held && held.applicationServerKey !== applicationServerKey) return REFUSALS.otherKey
    held ??= { json: service.createSubscription({ applicationServerKey }), applicationServerKey }
    own.add(held.json.endpoint)
    return held
  }

  const answer = (what: string, body: { applicationServerKey?: string; endpoint?: string }): unknown => {
    if (what === 'current') return held
    if (what === 'subscribe') return subscribe(body.applicationServerKey ?? '')
    const isHeld = held !== null && held.json.endpoint === body.endpoint
    if (isHeld) drop()
    return isHeld
  }

  const deliver = async (message: PushMessage) => {
    delivered.push(message)
    await worker.deliver(message.plaintext ?? '')
  }

  const receive = (message: PushMessage) => {
    if (!own.has(message.subscription.endpoint)) return
    if (reachable) {
      // Not awaited: a real service answers its sender before any browser has the message.
      deliver(message).catch((error: Error) => process.emitWarning(error))
      return
    }
    // RFC 8030 §5.4: a newer message with the same topic takes the place of the one that still waits.
    kept = kept.filter(({ topic }) => topic === undefined || topic !== message.topic)
    kept.push(message)
  }

  await context.route(`${origin}/__push/*`, async (route) => {
    const what = new URL(route.request().url()).pathname.slice('/__push/'.length)
    await route.fulfill({ json: answer(what, route.request().postDataJSON()) })
  })
  const stopListening = service.onMessage(receive)
  context.once('close', stopListening)
  return stub
}

const REFUSALS = {
  never: { never: true },
  denied: { error: 'NotAllowedError', message: 'Registration failed - permission denied' },
  unavailable: { error: 'AbortError', message: 'Registration failed - push service not available' },
  otherKey: {
    error: 'InvalidStateError',
    message: 'Registration failed - A subscription with a different applicationServerKey already exists',
  },
}

async function stubScript(control: string): Promise<string> {
  const source = await readFile(new URL('./push-stub.page.js', import.meta.url), 'utf8')
  return source.replace('__CONTROL__', control)
}
