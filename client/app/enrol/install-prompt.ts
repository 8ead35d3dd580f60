// The browser's offer to install the app, kept for the moment when it makes sense to a person.
import { readonly, shallowRef } from 'vue'

type InstallEvent = Event & { prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }> }

const offered = shallowRef<InstallEvent>()

/** Set while the browser would install the app. */
export const installOffer = readonly(offered)

export function listenForInstall(window: Pick<Window, 'addEventListener'>): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    offered.value = event as InstallEvent
  })
  window.addEventListener('appinstalled', () => {
    offered.value = undefined
  })
}

/** Brings up the browser's own question; it can be asked once. */
export async function install(): Promise<boolean> {
  const event = offered.value
  offered.value = undefined
  return event !== undefined && (await event.prompt()).outcome === 'accepted'
}
