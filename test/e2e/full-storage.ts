// A browser without room. Chromium looks at its quota only every half minute, so a quota that shrinks on the way is played
// by a script that runs before all others; what the app meets is the same error.
import type { Phone } from './phone.ts'

/** For `PhoneOptions.prelude`. */
export const STORAGE_THAT_MAY_BE_FULL = `(() => {
  const { put } = IDBObjectStore.prototype
  globalThis.storageIsFull = globalThis.document?.cookie.includes('storage-is-full=1') ?? false
  IDBObjectStore.prototype.put = function (...given) {
    if (globalThis.storageIsFull) throw new DOMException('no room left', 'QuotaExceededError')
    return put.apply(this, given)
  }
})();`

declare global {
  var storageIsFull: boolean | undefined
}

/** In its windows, in those that will open, and in its worker. */
export async function setStorageFull(phone: Phone, full: boolean): Promise<void> {
  const { context } = phone.browser
  if (full) await context.addCookies([{ name: 'storage-is-full', value: '1', url: phone.origin }])
  else await context.clearCookies({ name: 'storage-is-full' })
  const set = (value: boolean) => {
    globalThis.storageIsFull = value
  }
  await Promise.all([
    ...phone.windows().map((page) => page.evaluate(set, full)),
    ...context.serviceWorkers().map((worker) => worker.evaluate(set, full)),
  ])
}
