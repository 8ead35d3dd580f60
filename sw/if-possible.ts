// For what follows when all that matters is done: no network, a refusal or a full store is then no fault of the worker's.
import { DeviceError, StorageError, SubscriptionError, Unreachable } from '../client/device/index.ts'

export function isBadDay(error: unknown): boolean {
  return (
    error instanceof Unreachable ||
    error instanceof DeviceError ||
    error instanceof StorageError ||
    error instanceof SubscriptionError
  )
}

/** Undefined on a bad day; defects are thrown. */
export async function ifPossible<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!isBadDay(error)) throw error
    return undefined
  }
}
