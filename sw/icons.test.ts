import { expect, test } from 'vitest'
import { withIcons } from './icons.ts'
import type { Tray } from './worker.ts'

function shownBy(kept: (path: string) => Promise<Response | undefined>) {
  const shown: NotificationOptions[] = []
  const asked: string[] = []
  const plain = {
    showNotification: async (_title: string, options: NotificationOptions) => void shown.push(options),
  } as unknown as Tray
  const registration = withIcons(plain, (path) => {
    asked.push(path)
    return kept(path)
  })
  return { registration, shown, asked }
}

test('a notification has its icons with it: nothing is left to fetch, and they are read once', async () => {
  const { registration, shown, asked } = shownBy(async (path) => new Response(path.slice(-6)))
  await registration.showNotification('Sign in?', { body: 'alice' })
  await registration.showNotification('Approved')
  const icons = { icon: `data:image/png;base64,${btoa('92.png')}`, badge: `data:image/png;base64,${btoa('96.png')}` }
  expect(shown).toEqual([{ ...icons, body: 'alice' }, icons])
  expect(asked).toEqual(['/icons/icon-192.png', '/icons/badge-96.png'])
})

test.each([
  ['nothing is kept any more', async () => undefined],
  ['what is kept can’t be read', () => Promise.reject(new DOMException('gone', 'UnknownError'))],
])('where %s, their addresses do', async (_, kept) => {
  const { registration, shown } = shownBy(kept)
  await registration.showNotification('Sign in?')
  expect(shown).toEqual([{ icon: '/icons/icon-192.png', badge: '/icons/badge-96.png' }])
})
