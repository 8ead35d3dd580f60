// This installation, put together: what page and worker hand to everything else in this room.
import type { RandomBytes } from '../../protocol/ids.ts'
import { type DeviceApi, deviceApi } from './api.ts'
import { sender } from './call.ts'
import { type Clock, type ServerClock, serverClock, systemClock } from './clock.ts'
import { openStore } from './database.ts'
import type { DeviceStore } from './store.ts'

export type Device = {
  /** the app's own origin: what proofs and decisions are addressed to */
  origin: string
  store: DeviceStore
  api: DeviceApi
  clock: ServerClock
  random: RandomBytes
}

type Parts = { store: DeviceStore; clock: Clock; random: RandomBytes; fetch: typeof fetch }

/** @throws {StorageError} where this browser keeps nothing for the site */
export async function openDevice(origin: string, parts: Partial<Parts> = {}): Promise<Device> {
  const {
    store = openStore(),
    clock: deviceClock = systemClock,
    random = (length: number) => crypto.getRandomValues(new Uint8Array(length)),
    fetch: fetching = (...call: Parameters<typeof fetch>) => fetch(...call),
  } = parts
  const clock = await serverClock(store, deviceClock)
  const send = sender({ origin, fetch: fetching, store, clock, random })
  return { origin, store, api: deviceApi({ send, clock }), clock, random }
}
