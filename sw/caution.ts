// Whether a request may be approved from its notification at all, as far as this device knows.
import {
  callsForCaution,
  type Device,
  type DeviceRequest,
  rememberRequest,
  StorageError,
  situation,
  within,
} from '../client/device/index.ts'
import type { RequestId } from '../protocol/ids.ts'
import { isBadDay } from './if-possible.ts'
import { readShown, showRequest } from './tray.ts'
import type { Worker } from './worker.ts'

/** A store that hangs (another version is being installed, say) must not keep a request from being shown. */
const STORE_PATIENCE_MS = 1_000

/** Keeps the request, and looks at the others. Whatever goes wrong, the answer is the careful one. */
export async function judge(worker: Worker, request: DeviceRequest): Promise<boolean> {
  const look = async () => {
    const device = await worker.device()
    await rememberRequest(device.store, request)
    const now = device.clock.now()
    return callsForCaution(request, await situation(device.store, now), now)
  }
  try {
    return await within(worker.clock, STORE_PATIENCE_MS, look, () => new StorageError('blocked'))
  } catch (error) {
    if (!isBadDay(error)) throw error
    return true
  }
}

/** Takes Approve away from this user's notifications that were shown before the others came. */
export async function withdrawApprove({ registration }: Worker, asking: DeviceRequest): Promise<void> {
  for (const { data } of await registration.getNotifications()) {
    const shown = readShown(data)
    if (shown?.kind !== 'login-request' || !shown.request || shown.cautious) continue
    const { request } = shown
    if (request.id === asking.id || request.username !== asking.username) continue
    await showRequest(registration, request, { cautious: true, again: true })
  }
}

/** A press that was on its way to Deny when Approve took its place is none. */
const HASTY_MS = 1_000

/** Gives Approve to those that came beside another which has ended since: nothing was denied, nobody else asks. */
export async function restoreApprove({ registration, clock }: Worker, { store, clock: time }: Device): Promise<void> {
  const shown = (await registration.getNotifications()).map(({ data }) => readShown(data))
  const asking = shown.filter((one) => one?.kind === 'login-request')
  const now = time.now()
  for (const { request, cautious } of asking) {
    if (!request || !cautious || asking.some((other) => isBeside(request, other))) continue
    if (callsForCaution(request, await situation(store, now), now)) continue
    const approveFrom = clock.now() + HASTY_MS
    await showRequest(registration, request, { cautious: false, again: true, approveFrom })
  }
}

/** The store may have lost what stands in the tray: a page's older answer took its place. */
function isBeside(
  { id, username }: DeviceRequest,
  other: { id: RequestId; request?: DeviceRequest | undefined },
): boolean {
  return other.id !== id && (other.request === undefined || other.request.username === username)
}
