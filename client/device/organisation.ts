// The organisation that runs the server, as last known; asked for at every start.
import type { Device } from './device.ts'
import { writeIfRoom } from './if-room.ts'
import type { Organisation } from './schema.ts'
import type { DeviceStore } from './store.ts'

export function storedOrganisation(store: DeviceStore): Promise<Organisation | undefined> {
  return store.get('organisation', 'current')
}

/** Learns the server's time too. `subscribed`: whether the server has a push subscription of this device, where it says. */
export async function refreshOrganisation({
  store,
  api,
}: Pick<Device, 'store' | 'api'>): Promise<{ organisation: Organisation; subscribed: boolean | undefined }> {
  const { organisation, vapidKey, subscribed } = await api.config()
  const current = { name: organisation.name, vapidKey }
  await writeIfRoom(store, { put: 'organisation', key: 'current', value: current })
  return { organisation: current, subscribed }
}
