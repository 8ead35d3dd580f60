// Login requests waiting for this device: the last known ones at once, then what the server says.
import type { DeviceRequest } from '../../protocol/device-api.ts'
import type { RequestId } from '../../protocol/ids.ts'
import type { Device } from './device.ts'
import { DeviceError, Unreachable } from './errors.ts'
import { writeIfRoom } from './if-room.ts'
import type { Change, DeviceStore } from './store.ts'

/** As known, newest first, none that has expired by the server's time. */
export async function cachedRequests({ store, clock }: Pick<Device, 'store' | 'clock'>): Promise<DeviceRequest[]> {
  const now = clock.now()
  return (await store.all('requests'))
    .filter(({ expiresAt }) => Date.parse(expiresAt) > now)
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
}

export async function fetchRequests({ store, api }: Pick<Device, 'store' | 'api'>): Promise<DeviceRequest[]> {
  const requests = await api.requests()
  await replaceRequests(store, requests)
  return requests
}

export function replaceRequests(store: DeviceStore, requests: DeviceRequest[]): Promise<void> {
  return writeIfRoom(store, { clear: 'requests' }, ...requests.map(keepRequest))
}

export function rememberRequest(store: DeviceStore, request: DeviceRequest): Promise<void> {
  return store.write(keepRequest(request))
}

function keepRequest(request: DeviceRequest): Change {
  return { put: 'requests', key: request.id, value: request }
}

/** The server is asked only for what this device does not know. @throws DeviceError not-found, unknown-request */
export async function requestById(
  { store, api }: Pick<Device, 'store' | 'api'>,
  id: RequestId,
): Promise<DeviceRequest> {
  const known = (await store.get('requests', id)) ?? (await store.get('recent', id))?.request
  if (known) return known
  const request = await api.request(id)
  await rememberRequest(store, request)
  return request
}

/** Feeds 'Shown on your device' at the login page. */
export async function sendReceipt(
  { api }: Pick<Device, 'api'>,
  request: RequestId,
  event: 'shown' | 'opened',
): Promise<void> {
  try {
    await api.sendReceipt(request, event)
  } catch (error) {
    // Receipts are optional by nature (protocol §5): no decision depends on one.
    if (!(error instanceof DeviceError || error instanceof Unreachable)) throw error
  }
}
