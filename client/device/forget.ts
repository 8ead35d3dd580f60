// Removes everything of this installation from this device.
import type { Device } from './device.ts'
import { DeviceError, Unreachable } from './errors.ts'
import { setHadTokens } from './had-tokens.ts'
import { STORES } from './schema.ts'
import { revoke } from './tokens.ts'

export type Forgotten = {
  /** false: the server could not be told, and the organisation should remove this device */
  revoked: boolean
}

type Registration = Pick<ServiceWorkerRegistration, 'getNotifications' | 'pushManager'>

/** Goes on where the server can't be reached: whoever gives a device away must be able to empty it. */
export async function forgetEverything(
  { store, api }: Pick<Device, 'store' | 'api'>,
  registration?: Registration,
): Promise<Forgotten> {
  const revoked = await revokeAll({ store, api })
  if (registration) await silence(registration)
  await store.write(...STORES.map((clear) => ({ clear })))
  await setHadTokens(false)
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

async function silence(registration: Registration): Promise<void> {
  for (const notification of await registration.getNotifications()) notification.close()
  await (await registration.pushManager?.getSubscription())?.unsubscribe()
}
