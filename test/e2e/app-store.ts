// The app's own store, read from outside.
import type { Page } from '@playwright/test'

type Room = 'intents' | 'unsent' | 'requests' | 'tokens'

/** The keys that stand in one part of it. @param page any page of the app's origin */
export function keysIn(page: Page, room: Room): Promise<IDBValidKey[]> {
  return page.evaluate(
    (name) =>
      new Promise<IDBValidKey[]>((resolve, reject) => {
        const opening = indexedDB.open('countersign')
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const reading = opening.result.transaction(name).objectStore(name).getAllKeys()
          reading.onsuccess = () => {
            opening.result.close()
            resolve(reading.result)
          }
        }
      }),
    room,
  )
}
