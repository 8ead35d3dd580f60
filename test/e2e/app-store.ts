// The app's own store, read from outside.
import type { BrowserContext, Page } from '@playwright/test'

type Room = 'intents' | 'unsent' | 'requests' | 'tokens' | 'enrolment' | 'identity'

/** The keys that stand in one part of it; none where there is no store. @param page any page of the app's origin */
export function keysIn(page: Page, room: Room): Promise<IDBValidKey[]> {
  return page.evaluate(
    (name) =>
      new Promise<IDBValidKey[]>((resolve, reject) => {
        const opening = indexedDB.open('countersign')
        opening.onerror = () => reject(opening.error)
        // Opened for the first time: there was nothing, and it stays so.
        opening.onupgradeneeded = () => {
          opening.transaction?.abort()
          opening.onerror = () => resolve([])
        }
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

declare global {
  var keysAtOpening: Promise<IDBValidKey[]> | undefined
}

/**
 * What stood in one part of it when a window opened: read by a script that runs before the app's own, so that the app
 * can't have taken anything yet. For windows that open from now on.
 */
export async function watchAtOpening(
  context: BrowserContext,
  room: Room,
): Promise<(page: Page) => Promise<IDBValidKey[]>> {
  await context.addInitScript((name) => {
    if (!location.pathname.startsWith('/requests/')) return
    globalThis.keysAtOpening = new Promise((resolve, reject) => {
      const opening = indexedDB.open('countersign')
      opening.onerror = () => reject(opening.error)
      opening.onsuccess = () => {
        const reading = opening.result.transaction(name).objectStore(name).getAllKeys()
        reading.onsuccess = () => {
          opening.result.close()
          resolve(reading.result)
        }
      }
    })
  }, room)
  return (page) => page.evaluate(() => globalThis.keysAtOpening ?? Promise.reject(new Error('it opened elsewhere')))
}

/** Forgets how far the device's clock is off. @param page any page of the app's origin */
export function clearClock(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('countersign')
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const clearing = opening.result.transaction('clock', 'readwrite')
          clearing.objectStore('clock').clear()
          clearing.oncomplete = () => {
            opening.result.close()
            resolve()
          }
        }
      }),
  )
}
