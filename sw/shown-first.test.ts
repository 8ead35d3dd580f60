import { expect, test } from 'vitest'
import { shownFirst } from './shown-first.ts'
import type { Tray } from './worker.ts'

function tray() {
  const asked: string[] = []
  const drawn: PromiseWithResolvers<void>[] = []
  const registration = shownFirst({
    showNotification: () => {
      const shown = Promise.withResolvers<void>()
      drawn.push(shown)
      return shown.promise
    },
    getNotifications: async () => {
      asked.push('asked')
      return []
    },
  } as unknown as Tray)
  return { registration, asked, drawn }
}

/** Everything that can go on by itself has gone on. */
const quiet = () => new Promise((resolve) => setImmediate(resolve))

test('whoever asks what is shown waits until what is on its way is there, the last one too', async () => {
  const { registration, asked, drawn } = tray()
  void registration.showNotification('Sign in?')
  const first = registration.getNotifications()
  void registration.showNotification('Sign in again?')
  await quiet()
  expect(asked).toEqual([])
  drawn[0]?.resolve()
  await quiet()
  void registration.showNotification('And again?')
  drawn[1]?.resolve()
  await quiet()
  expect(asked).toEqual([])
  drawn[2]?.resolve()
  await first
  expect(asked).toEqual(['asked'])
})

test('one that could not be shown keeps nobody waiting, and says so to whoever showed it', async () => {
  const { registration, asked, drawn } = tray()
  const shown = registration.showNotification('Sign in?')
  const there = registration.getNotifications()
  drawn[0]?.reject(new TypeError('no permission'))
  await expect(shown).rejects.toThrow('no permission')
  await there
  expect(asked).toEqual(['asked'])
})

test('to show is never waited with', async () => {
  const { registration, drawn } = tray()
  void registration.showNotification('Sign in?')
  void registration.getNotifications()
  void registration.showNotification('Sign in again?')
  expect(drawn).toHaveLength(2)
})
