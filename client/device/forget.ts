// Removes everything of this installation from this device.
import type { Device } from './device.ts'
import { DeviceError, Unreachable } from './errors.ts'
import { setHadTokens } from './had-tokens.ts'
import { STORES } from './schema.ts'
import { revoke } from './tokens.ts'
import { within } from './within.ts'

export type Forgotten = {
  /** false: the server could not be told, and the organisation should remove this device */
  revoked: boolean
}

const SILENCE_WITHIN_MS = 5_000

type Registration = Pick<ServiceWorkerRegistration, 'getNotifications' | 'pushManager'>

/** Goes on where the server can't be reached: whoever gives a device away must be able to empty it. */
export async function forgetEverything(
  { store, api, clock }: Pick<Device, 'store' | 'api' | 'clock'>,
  registration: () => Promise<Registration | undefined>,
): Promise<Forgotten> {
  const revoked = await revokeAll({ store, api })
  await store.write(...STORES.map((clear) => ({ clear })))
  await setHadTokens(false)
  await silence(clock, registration)
  return { revoked }
}

async function revokeAll({ store, api }: Pick<Device, 'store' | 'api'>): Promise<boolean> {
  try {
    for (const { id } of await store.all('tokens')) await revoke(api, id)
    return true
  } catch (error) {
    if (error instanceof Unreachable || error instanceof DeviceError) return false
    throw error
  }
}

/** The keys are gone by now: a browser that fails at this, or never answers, takes nothing back. */
async function silence(clock: Device['clock'], registration: () => Promise<Registration | undefined>): Promise<void> {
  const late = () => new DOMException('no answer in time', 'TimeoutError')
  try {
    await within(clock, SILENCE_WITHIN_MS, async () => quiet(await registration()), late)
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
  }
}

async function quiet(registration: Registration | undefined): Promise<void> {
  for (const notification of (await registration?.getNotifications()) ?? []) notification.close()
  await (await registration?.pushManager?.getSubscription())?.unsubscribe()
}
