// The few things that are ever done with what is kept on this device.
import type { DeviceSchema, StoreName } from './schema.ts'

export type Key<N extends StoreName> = DeviceSchema[N]['key']
export type Value<N extends StoreName> = DeviceSchema[N]['value']

/** One change of a write; all changes of a write happen, or none. */
export type Change =
  | { [N in StoreName]: { put: N; key: Key<N>; value: Value<N> } }[StoreName]
  | { [N in StoreName]: { drop: N; key: Key<N> } }[StoreName]
  | { clear: StoreName }

/** Every call may throw a StorageError: nothing is ever lost without a word. */
export type DeviceStore = {
  get<N extends StoreName>(name: N, key: Key<N>): Promise<Value<N> | undefined>
  all<N extends StoreName>(name: N): Promise<Value<N>[]>
  /** Reads and deletes in one transaction, so that of two readers only one gets it. */
  take<N extends StoreName>(name: N, key: Key<N>): Promise<Value<N> | undefined>
  /** Changes in their order, in one durable transaction. */
  write(...changes: Change[]): Promise<void>
  close(): void
}
