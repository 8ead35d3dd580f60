// Time on this device, and the server's time as far as this device has learned it.
import { writeIfRoom } from './if-room.ts'
import type { DeviceStore } from './store.ts'

export type Clock = {
  /** milliseconds since the epoch */
  now(): number
  /** Resolves after `ms`, or rejects with the signal's reason. */
  after(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const timer = setTimeout(done, Math.max(0, ms))
      function done() {
        signal?.removeEventListener('abort', aborted)
        resolve()
      }
      function aborted() {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', aborted, { once: true })
    }),
}

/** `now()` is the server's time: a device's clock may be wrong by a year, and nobody should notice. */
export type ServerClock = Clock & {
  /** The device's own time, for what is measured here only. */
  local(): number
  /** Takes a time the server gave; `sent` and `received` are `local()` around that call. */
  learn(serverTime: string, sent: number, received: number): Promise<void>
}

/** Less than this is the network's jitter, not the clock's fault. */
const WORTH_CORRECTING_MS = 500

export async function serverClock(store: DeviceStore, device: Clock): Promise<ServerClock> {
  let offsetMs = (await store.get('clock', 'current'))?.offsetMs ?? 0
  return {
    now: () => device.now() + offsetMs,
    local: () => device.now(),
    after: (ms, signal) => device.after(ms, signal),
    learn: async (serverTime, sent, received) => {
      const learned = Date.parse(serverTime) - (sent + received) / 2
      if (!Number.isFinite(learned) || Math.abs(learned - offsetMs) < WORTH_CORRECTING_MS) return
      offsetMs = learned
      await writeIfRoom(store, { put: 'clock', key: 'current', value: { offsetMs } })
    },
  }
}
