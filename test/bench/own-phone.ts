// A server and one phone: a real Chromium with the app on it, enrolled, and what enters and leaves it.
import { addApplication, addPerson, linkFor, reaching } from '../e2e/house.ts'
import { startInstallation } from '../e2e/installation.ts'
import { Phone } from '../e2e/phone.ts'
import type { LaunchedBrowser } from '../support/chromium.ts'
import { startPushService } from '../support/push-service.ts'
import type { WireApplication } from '../support/wire-application.ts'

const USERNAME = 'alice'

export interface OwnPhone extends AsyncDisposable {
  phone: Phone
  /** Somebody asks the phone's person for an approval. */
  ask(): ReturnType<WireApplication['ask']>
  /** When the next push reaches the browser, milliseconds since the epoch. */
  nextPush(): Promise<number>
  /** When the next decision leaves it. */
  nextDecision(): Promise<number>
}

export async function openPhone(): Promise<OwnPhone> {
  await using opened = new AsyncDisposableStack()
  const service = opened.use(await startPushService())
  const limits = { requestsPerUser: { count: 100_000 }, pendingPerUser: { count: 1000 } }
  const installation = opened.use(await startInstallation({ env: reaching(service, limits) }))
  const harbour = await addApplication(installation, 'Harbour')
  const link = await linkFor(installation, await addPerson(installation, USERNAME), {
    approval: 'enhanced',
    numberMatching: false,
  })
  const decisions = new Moments()
  const heard = (url: string) => url.endsWith('/device/v1/decisions') && decisions.happened()
  const phone = opened.use(await Phone.launch({ origin: installation.appOrigin, service, heard }))
  await phone.enrol(link)
  await phone.lock()
  const pushes = new Moments()
  service.onMessage(() => pushes.happened())
  const all = opened.move()
  return {
    phone,
    ask: () => harbour.ask(USERNAME),
    nextPush: () => pushes.next(),
    nextDecision: () => decisions.next(),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/** As a phone that was laid down for half a minute has none any more. */
export async function stopWorkers({ cdp }: LaunchedBrowser): Promise<void> {
  await cdp.send('ServiceWorker.stopAllWorkers')
}

class Moments {
  #next = Promise.withResolvers<number>()

  happened(): void {
    this.#next.resolve(Date.now())
    this.#next = Promise.withResolvers<number>()
  }

  next(): Promise<number> {
    return this.#next.promise
  }
}
