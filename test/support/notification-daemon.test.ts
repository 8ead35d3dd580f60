import type { ClientInterface } from 'dbus-next'
import dbus from 'dbus-next'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { NotificationDaemon } from './notification-daemon.ts'
import { startNotificationDaemon } from './notification-daemon.ts'

const NAME = 'org.freedesktop.Notifications'
const PATH = '/org/freedesktop/Notifications'

let daemon: NotificationDaemon
let browser: ReturnType<typeof dbus.sessionBus>
const signals: unknown[][] = []

beforeAll(async () => {
  daemon = await startNotificationDaemon()
  browser = dbus.sessionBus({ busAddress: daemon.env.DBUS_SESSION_BUS_ADDRESS })
  browser.on('message', ({ interface: from, member, body }) => {
    if (from === NAME) signals.push([member, ...body])
  })
  const bus = await browser.getProxyObject('org.freedesktop.DBus', '/org/freedesktop/DBus')
  const rules = bus.getInterface<ClientInterface & { AddMatch(rule: string): Promise<void> }>('org.freedesktop.DBus')
  await rules.AddMatch(`type='signal',interface='${NAME}'`)
})
afterAll(async () => {
  browser.disconnect()
  await daemon.stop()
})

const call = (member: string, signature: string, ...body: unknown[]) =>
  browser.call(new dbus.Message({ destination: NAME, path: PATH, interface: NAME, member, signature, body }))

/** Shows one as Chromium does; resolves with the desktop's number. */
const show = async (summary: string, replaces = 0): Promise<number> => {
  const actions = ['0', 'Approve', '1', 'Deny', 'default', 'Activate']
  const reply = await call('Notify', 'susssasa{sv}i', 'Chromium', replaces, '', summary, 'text', actions, {}, -1)
  return reply?.body[0] as number
}

it('hears a notification and presses its button by label', async () => {
  const id = await show('Sign in?')
  const notification = await daemon.next()
  expect(notification).toMatchObject({ id, summary: 'Sign in?', body: 'text', state: 'shown' })
  expect(notification.actions.map(({ label }) => label)).toEqual(['Approve', 'Deny'])
  await daemon.press(notification, 'Deny')
  await daemon.whenClosed(notification)
  await call('GetServerInformation', '')
  expect(signals.splice(0)).toContainEqual(['ActionInvoked', id, '1'])
  expect(notification.state).toBe('dismissed')
  await expect(daemon.press(notification, 'Approve')).rejects.toThrow('is dismissed')
})

it('knows which one a newer one has replaced, and which the app has closed', async () => {
  const id = await show('Sign in?')
  const first = await daemon.next()
  expect(await show('Signed in', id)).toBe(id)
  const second = await daemon.next()
  expect(first.state).toBe('replaced')
  expect(daemon.shown()).toEqual([second])
  await call('CloseNotification', 'u', id)
  await daemon.whenClosed(second)
  expect(second.state).toBe('closed')
  expect(daemon.shown()).toEqual([])
})

it('names the buttons there are when the one asked for is missing', async () => {
  await show('Sign in?')
  await expect(daemon.press(await daemon.next(), 'Aprove')).rejects.toThrow('only: Approve, Deny')
})
