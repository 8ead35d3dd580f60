// The page's side of the service worker: installs it, and offers its next version.

import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Workbox } from 'workbox-window'
import { type PageMessage, within } from '../device/index.ts'
import { useDevice } from './this-device.ts'
import { onMail } from './worker-mail.ts'
import { workerScript } from './worker-script.ts'

const READY_WITHIN_MS = 15_000

export const useWorker = defineStore('worker', () => {
  const { clock } = useDevice()
  /** a new version waits to be let in, or was let in by another window while this one still shows the old one */
  const updateReady = shallowRef(false)
  /** this page is older than the worker beside it, which has put away the old version's parts */
  const outdated = shallowRef(false)
  const running = shallowRef(false)
  let workbox: Workbox | undefined
  let accepted = false
  let controlled = false

  async function start(): Promise<void> {
    if (!('serviceWorker' in navigator)) return
    controlled = navigator.serviceWorker.controller !== null
    navigator.serviceWorker.addEventListener('controllerchange', taken)
    const { Workbox } = await import('workbox-window')
    // The library types the Trusted Types' script address by a package of its own.
    workbox = new Workbox(workerScript() as string)
    workbox.addEventListener('waiting', () => {
      updateReady.value = true
    })
    const registration = await workbox.register()
    running.value = registration !== undefined
  }

  /** The first worker of a page that was opened without one is no change. */
  function taken(): void {
    if (accepted) location.reload()
    else if (controlled || updateReady.value) {
      outdated.value = true
      updateReady.value = true
    }
    controlled = true
  }

  /** Loads the new version; called by a press only. */
  function update(): void {
    if (outdated.value) location.reload()
    else {
      accepted = true
      workbox?.messageSkipWaiting()
    }
  }

  /** @throws what `late` makes, where no worker gets ready in time */
  function registration(late: () => Error): Promise<ServiceWorkerRegistration> {
    if (!('serviceWorker' in navigator)) return Promise.reject(late())
    return within(clock, READY_WITHIN_MS, () => navigator.serviceWorker.ready, late)
  }

  function tell(message: PageMessage): void {
    navigator.serviceWorker?.controller?.postMessage(message)
  }

  return { updateReady, outdated, running, start, update, registration, tell, onMessage: onMail }
})
