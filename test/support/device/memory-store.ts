// A device's store for tests: values are copied in and out, as IndexedDB does, and a failing write changes nothing.
import type { StoreName } from '../../../client/device/schema.ts'
import type { Change, DeviceStore } from '../../../client/device/store.ts'

export type MemoryStore = DeviceStore & {
  /** Thrown by every write while set. */
  fault: Error | undefined
}

export function memoryStore(): MemoryStore {
  const stores = new Map<StoreName, Map<string, unknown>>()
  const rows = (name: StoreName) => {
    const found = stores.get(name) ?? new Map<string, unknown>()
    stores.set(name, found)
    return found
  }
  const apply = (change: Change) => {
    if ('put' in change) rows(change.put).set(change.key, structuredClone(change.value))
    else if ('drop' in change) rows(change.drop).delete(change.key)
    else rows(change.clear).clear()
  }
  const memory: MemoryStore = {
    fault: undefined,
    get: async (name, key) => structuredClone(rows(name).get(key)) as never,
    all: async (name) => structuredClone([...rows(name).values()]) as never,
    take: async (name, key) => {
      const value = rows(name).get(key)
      rows(name).delete(key)
      return value as never
    },
    write: async (...changes) => {
      if (memory.fault) throw memory.fault
      for (const change of changes) apply(change)
    },
    close: () => undefined,
  }
  return memory
}
