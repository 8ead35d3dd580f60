// For what is kept only to be at hand sooner: a store that takes nothing more must not take away what was just learned.
import { StorageError } from './errors.ts'
import type { Change, DeviceStore } from './store.ts'

export async function writeIfRoom(store: DeviceStore, ...changes: Change[]): Promise<void> {
  try {
    await store.write(...changes)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
  }
}
