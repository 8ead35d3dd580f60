// Hands a push message to a service worker the way the browser would, through the DevTools protocol.
import type { CDPSession } from '@playwright/test'

export interface WorkerPush {
  /** Fires `push` in the active worker of this scope, waiting for it to become active first. */
  deliver(data: string): Promise<void>
  /** Fires `sync`, as the browser does when there is a network again for whoever asked to be told (Background Sync). */
  sync(tag: string): Promise<void>
}

export interface DeliverOptions {
  cdp: CDPSession
  /** Scope of the registration; an origin with a slash for a worker at the root. */
  scope: string
}

interface Registration {
  registrationId: string
  scopeURL: string
  isDeleted: boolean
}

/** Watches the browser's registrations from now on; ask for it before the app registers its worker, or after. */
export async function watchWorkers({ cdp, scope }: DeliverOptions): Promise<WorkerPush> {
  const ids = new Set<string>()
  const active = new Set<string>()
  let changed = Promise.withResolvers<void>()
  const announce = () => {
    changed.resolve()
    changed = Promise.withResolvers<void>()
  }
  cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }: { registrations: Registration[] }) => {
    for (const { registrationId, scopeURL, isDeleted } of registrations) {
      if (isDeleted) ids.delete(registrationId)
      else if (scopeURL === scope) ids.add(registrationId)
    }
    announce()
  })
  cdp.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
    for (const { registrationId, status } of versions) if (status === 'activated') active.add(registrationId)
    announce()
  })
  await cdp.send('ServiceWorker.enable')

  // A message for a registration whose first worker is still installing would be lost without a word.
  const registrationId = async () => {
    for (;;) {
      const ready = [...ids].find((id) => active.has(id))
      if (ready !== undefined) return ready
      await changed.promise
    }
  }
  const { origin } = new URL(scope)
  return {
    sync: async (tag) => {
      const toWhom = { origin, registrationId: await registrationId() }
      await cdp.send('ServiceWorker.dispatchSyncEvent', { ...toWhom, tag, lastChance: false })
    },
    deliver: async (data) => {
      await cdp.send('ServiceWorker.deliverPushMessage', { origin, registrationId: await registrationId(), data })
    },
  }
}

/** The same for a single message. */
export async function deliverPushMessage(options: DeliverOptions, data: string): Promise<void> {
  await (await watchWorkers(options)).deliver(data)
}
