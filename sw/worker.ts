// What the handlers need of the service worker around them; tests hand in doubles.
import type { Clock, Device } from '../client/device/index.ts'

export type Tray = Pick<ServiceWorkerRegistration, 'showNotification' | 'getNotifications'>

export type Registration = Tray &
  Pick<ServiceWorkerRegistration, 'pushManager'> & {
    /** Background Sync, where the browser has it */
    sync?: { register(tag: string): Promise<void> }
  }

export type Windows = Pick<Clients, 'matchAll' | 'openWindow'>

export type Worker = {
  /** Opened at the first use: a notification is shown also where the store can't be opened. */
  device(): Promise<Device>
  registration: Registration
  clients: Windows
  clock: Clock
  /** absent where the platform has no badges */
  setAppBadge?: (count: number) => Promise<void>
}
