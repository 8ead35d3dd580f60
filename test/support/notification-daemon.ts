// The desktop's notification area: browsers on Linux show theirs through it, so a test reads what a person would see
// and presses real buttons. Only such a press makes a trusted `notificationclick`.
import type { Message } from 'dbus-next'
import dbus from 'dbus-next'
import type { NextOptions } from './arrivals.ts'
import { Arrivals } from './arrivals.ts'
import type { DesktopNotification } from './desktop-notification.ts'
import { notificationFrom } from './desktop-notification.ts'
import { startSessionBus } from './session-bus.ts'

export interface NotificationDaemon extends AsyncDisposable {
  /** For the browser: `launchBrowser({ env: daemon.env })`. */
  env: { DBUS_SESSION_BUS_ADDRESS: string }
  /** Everything that was ever shown, oldest first. */
  notifications: readonly DesktopNotification[]
  /** What a person sees now. */
  shown(): DesktopNotification[]
  /** Each notification is handed out once. */
  next(matches?: (notification: DesktopNotification) => boolean, options?: NextOptions): Promise<DesktopNotification>
  /** Resolves when the app, or a person, has taken it away, or the app has put another in its place. */
  whenClosed(notification: DesktopNotification): Promise<void>
  /** Presses the button with this label. */
  press(notification: DesktopNotification, label: string): Promise<void>
  pressBody(notification: DesktopNotification): Promise<void>
  /** Swipes it away. */
  dismiss(notification: DesktopNotification): Promise<void>
  stop(): Promise<void>
}

const NAME = 'org.freedesktop.Notifications'
const PATH = '/org/freedesktop/Notifications'
// Without 'body-markup' browsers send the text as it is.
const CAPABILITIES = ['actions', 'body', 'persistence', 'icon-static']
const DISMISSED_BY_PERSON = 2
const CLOSED_BY_APP = 3
/** Chromium knows a notification by our number only some time after our answer, and drops earlier presses without a word. */
const SETTLING = 300

export async function startNotificationDaemon(): Promise<NotificationDaemon> {
  const bus = await startSessionBus()
  const arrivals = new Arrivals<DesktopNotification>('notification', ({ summary }) => summary)
  const closings = new Map<DesktopNotification, PromiseWithResolvers<void>>()
  let lastId = 0

  const signal = (member: string, signature: string, ...body: unknown[]) =>
    bus.connection.send(dbus.Message.newSignal(PATH, NAME, member, signature, body))

  const current = (id: number) => arrivals.all.find((shown) => shown.id === id && shown.state === 'shown')

  const end = (notification: DesktopNotification | undefined, state: DesktopNotification['state']) => {
    if (!notification) return
    notification.state = state
    closings.get(notification)?.resolve()
  }

  const close = (id: number, reason: number) => {
    end(current(id), reason === CLOSED_BY_APP ? 'closed' : 'dismissed')
    signal('NotificationClosed', 'uu', id, reason)
  }

  const notify = (message: Message): number => {
    const replaces = message.body[1] as number
    const id = replaces || ++lastId
    end(current(id), 'replaced')
    const notification = notificationFrom(id, message)
    closings.set(notification, Promise.withResolvers())
    arrivals.add(notification)
    return id
  }

  const answer = (message: Message): [signature: string, ...values: unknown[]] | undefined => {
    if (message.interface !== NAME) return undefined
    switch (message.member) {
      case 'GetCapabilities':
        return ['as', CAPABILITIES]
      case 'GetServerInformation':
        return ['ssss', 'notification-daemon', 'countersign', '1.0', '1.2']
      case 'Notify':
        return ['u', notify(message)]
      case 'CloseNotification':
        close(message.body[0] as number, CLOSED_BY_APP)
        return ['']
      default:
        return undefined
    }
  }

  bus.connection.addMethodHandler((message: Message) => {
    const [signature, ...values] = answer(message) ?? []
    if (signature === undefined) return false
    bus.connection.send(dbus.Message.newMethodReturn(message, signature, values))
    return true
  })
  await bus.connection.requestName(NAME, 0)

  const pressKey = async (notification: DesktopNotification, key: string) => {
    await settle(notification)
    signal('ActivationToken', 'us', notification.id, 'token')
    signal('ActionInvoked', 'us', notification.id, key)
    // Desktops take a notification away once one of its buttons was pressed, unless it asks to stay.
    close(notification.id, DISMISSED_BY_PERSON)
  }

  return {
    env: { DBUS_SESSION_BUS_ADDRESS: bus.address },
    notifications: arrivals.all,
    shown: () => arrivals.all.filter(({ state }) => state === 'shown'),
    next: (matches, options) => arrivals.next(matches, options),
    whenClosed: async (notification) => closings.get(notification)?.promise,
    press: async (notification, label) => {
      const action = notification.actions.find((candidate) => candidate.label === label)
      const labels = notification.actions.map((candidate) => candidate.label).join(', ')
      if (!action) throw new Error(`"${notification.summary}" has no button "${label}", only: ${labels}`)
      await pressKey(notification, action.key)
    },
    // 'default' is the key of the body in every browser's notification.
    pressBody: (notification) => pressKey(notification, 'default'),
    dismiss: async (notification) => {
      await settle(notification)
      close(notification.id, DISMISSED_BY_PERSON)
    },
    stop: bus.stop,
    [Symbol.asyncDispose]: bus.stop,
  }
}

/** The only wait for time in these doubles: nothing tells from outside that the browser is ready for a press. */
async function settle(notification: DesktopNotification): Promise<void> {
  const left = notification.at + SETTLING - Date.now()
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left))
  if (notification.state !== 'shown') throw new Error(`"${notification.summary}" is ${notification.state}`)
}
