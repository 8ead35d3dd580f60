// The service worker: only wires events to what handles them.
import './no-eval.ts'
import { type Device, openDevice, systemClock } from '../client/device/index.ts'
import { answer } from './answer.ts'
import { withIcons } from './icons.ts'
import type { Pushed } from './incoming.ts'
import { hear } from './messages.ts'
import { kept, precache } from './precache.ts'
import { renew } from './renew.ts'
import { keepTrying, RETRY_TAG } from './retry.ts'
import { show } from './show.ts'
import { shownFirst } from './shown-first.ts'
import { tidy } from './tidy.ts'
import type { Registration, Worker } from './worker.ts'

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: Parameters<typeof precache>[0] }

/** What the library does not declare yet. */
type SyncEvent = ExtendableEvent & { tag: string }

let opening: Promise<Device> | undefined
/** Background Sync, where the browser has it. */
const { sync } = self.registration as Registration

const worker: Worker = {
  device: () => {
    opening ??= openDevice(self.location.origin)
    // A store that could not be opened now may be open to the next event.
    opening.catch(() => {
      opening = undefined
    })
    return opening
  },
  registration: {
    ...withIcons(shownFirst(self.registration), kept),
    get pushManager() {
      return self.registration.pushManager
    },
    ...(sync && { sync }),
  },
  clients: self.clients,
  clock: systemClock,
  ...('setAppBadge' in self.navigator && { setAppBadge: (count: number) => self.navigator.setAppBadge(count) }),
}

precache(self.__WB_MANIFEST)

// The page that installed the first worker is served by it at once; later ones wait to be let in (`SKIP_WAITING`).
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

self.addEventListener('push', (event) => {
  event.waitUntil(show(worker, event as Pushed).then(() => afterwards()))
})

self.addEventListener('notificationclick', (event) => {
  event.waitUntil(answer(worker, event.notification, event.action).then(() => afterwards()))
})

self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(worker)))

self.addEventListener('sync', (event) => {
  const { tag } = event as SyncEvent
  if (tag === RETRY_TAG) (event as SyncEvent).waitUntil(keepTrying(worker))
})

self.addEventListener('message', (event) => event.waitUntil(hear(worker, event.data, () => self.skipWaiting())))

async function afterwards(): Promise<void> {
  await tidy(worker)
  await keepTrying(worker)
}
