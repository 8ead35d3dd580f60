// The page's side of the service worker: installs it, hears from it, and offers its next version.

import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Workbox } from 'workbox-window'
import { type PageMessage, type WorkerMessage, within, workerMessage } from '../device/index.ts'
import { useDevice } from './this-device.ts'
import { workerScript } from './worker-script.ts'

type Listener = (message: WorkerMessage) => void

const READY_WITHIN_MS = 15_000

export const useWorker = defineStore('worker', () => {
  const { clock } = useDevice()
  const updateReady = shallowRef(false)
  const running = shallowRef(false)
  const listeners = new Set<Listener>()
  let workbox: Workbox | undefined

  async function start(): Promise<void> {
    if (!('serviceWorker' in navigator)) return
    navigator.serviceWorker.addEventListener('message', ({ data }) => {
      const message = workerMessage.safeParse(data)
      if (message.success) for (const listen of listeners) listen(message.data)
    })
    const { Workbox } = await import('workbox-window')
    // The library types the Trusted Types' script address by a package of its own.
    workbox = new Workbox(workerScript() as string)
    workbox.addEventListener('waiting', () => {
      updateReady.value = true
    })
    const registration = await workbox.register()
    running.value = registration !== undefined
  }

  /** Loads the new version; called by a press only. */
  function update(): void {
    workbox?.addEventListener('controlling', () => location.reload())
    workbox?.messageSkipWaiting()
  }

  /** @throws what `late` makes, where no worker gets ready in time */
  function registration(late: () => Error): Promise<ServiceWorkerRegistration> {
    if (!('serviceWorker' in navigator)) return Promise.reject(late())
    return within(clock, READY_WITHIN_MS, () => navigator.serviceWorker.ready, late)
  }

  function tell(message: PageMessage): void {
    navigator.serviceWorker?.controller?.postMessage(message)
  }

  /** @returns what ends the listening */
  function onMessage(listen: Listener): () => void {
    listeners.add(listen)
    return () => listeners.delete(listen)
  }

  return { updateReady, running, start, update, registration, tell, onMessage }
})
