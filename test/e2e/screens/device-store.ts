// Puts the app's own store into a state: tokens that really compute codes, and nothing left of what came before.
import type { Page } from '@playwright/test'
import type { DeviceToken } from '../../../protocol/device-api.ts'

export type Shown = DeviceToken & {
  organisation: string
  /** Its keys are under a lock, and the key to that is not here. */
  sealed?: boolean
}

export interface Kept {
  tokens: Shown[]
  preferences: { hideCodes: boolean; appearance: 'system' | 'light' | 'dark' }
  /** Rows for any other part of the store. */
  rows?: { room: string; key: string; value: unknown }[]
}

/** @param page of the app's origin, with the app not running in it */
export function arrangeStore(page: Page, kept: Kept): Promise<void> {
  return page.evaluate(arrange, kept)
}

/** Runs in the page. The keys of the one token that was really enrolled are kept aside, and given to all. */
async function arrange({ tokens, preferences, rows = [] }: Kept): Promise<void> {
  const app = await open('countersign')
  const aside = await open('screens', 'keys')
  const usable = await usableKeys()
  const rooms = ['requests', 'history', 'recent', 'intents', 'unsent', 'preferences', 'enrolment', 'tokens']
  const change = app.transaction(rooms, 'readwrite')
  for (const room of rooms) change.objectStore(room).clear()
  change.objectStore('preferences').put(preferences, 'current')
  for (const { room, key, value } of rows) change.objectStore(room).put(value, key)
  for (const { sealed, unlock, approval, numberMatching, numberDigits, otp, ...token } of tokens) {
    const policy = { unlock, approval, numberMatching, numberDigits, otp }
    const nothing = { iv: new Uint8Array(12), data: new Uint8Array(48) }
    const keys = sealed ? { kind: 'sealed', credentialId: 'AAAA', totp: nothing, ocra: nothing } : usable
    change.objectStore('tokens').put({ ...token, policy, keys }, token.id)
  }
  await new Promise((resolve, reject) => {
    change.oncomplete = resolve
    change.onerror = () => reject(change.error)
  })
  app.close()
  aside.close()

  async function usableKeys(): Promise<unknown> {
    const known = await answer(aside.transaction('keys').objectStore('keys').get('usable'))
    if (known) return known
    const [enrolled] = await answer<{ keys: unknown }[]>(app.transaction('tokens').objectStore('tokens').getAll())
    await answer(aside.transaction('keys', 'readwrite').objectStore('keys').put(enrolled?.keys, 'usable'))
    return enrolled?.keys
  }

  function open(name: string, room?: string): Promise<IDBDatabase> {
    const opening = indexedDB.open(name)
    if (room) opening.onupgradeneeded = () => opening.result.createObjectStore(room)
    return answer(opening)
  }

  function answer<T>(request: IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
  }
}
