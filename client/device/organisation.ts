// The organisation that runs the server, as last known; asked for at every start.
import type { Device } from './device.ts'
import { writeIfRoom } from './if-room.ts'
import type { Organisation } from './schema.ts'
import type { DeviceStore } from './store.ts'

export function storedOrganisation(store: DeviceStore): Promise<Organisation | undefined> {
  return store.get('organisation', 'current')
}

export interface Told {
  organisation: Organisation
  /** whether the server has a push subscription of this device, where it says */
  subscribed: boolean | undefined
  /** push is paused for this person */
  pausedUntil: string | undefined
}

/** Learns the server's time too. */
export async function refreshOrganisation({ store, api }: Pick<Device, 'store' | 'api'>): Promise<Told> {
  const { organisation, vapidKey, subscribed, pause } = await api.config()
  const current = { name: organisation.name, vapidKey, ...(pause && { pauseSeconds: pause.seconds }) }
  await writeIfRoom(store, { put: 'organisation', key: 'current', value: current })
  return { organisation: current, subscribed, pausedUntil: pause?.until ?? undefined }
}
