// A notification as the desktop gets it, in the words of the freedesktop.org specification.
import type { Message, Variant } from 'dbus-next'

export interface DesktopNotification {
  /** The desktop's number; one that replaces another has the same. */
  id: number
  summary: string
  /** Chromium puts the origin and an empty line before the text. */
  body: string
  /** The buttons, the body's own action left out. */
  actions: { key: string; label: string }[]
  hints: Record<string, unknown>
  /** `dismissed` by the person, `closed` by the app, `replaced` by a newer one with the same tag. */
  state: 'shown' | 'dismissed' | 'closed' | 'replaced'
  /** When it was shown, milliseconds since the epoch. */
  at: number
}

type Notify = [
  app: string,
  replaces: number,
  icon: string,
  summary: string,
  body: string,
  actions: string[],
  hints: Record<string, Variant>,
  timeout: number,
]

export function notificationFrom(id: number, message: Message): DesktopNotification {
  const [, , , summary, body, actions, hints] = message.body as Notify
  return { id, summary, body, actions: buttons(actions), hints: plain(hints), state: 'shown', at: Date.now() }
}

/** Keys and labels come in turns. */
function buttons(actions: string[]): DesktopNotification['actions'] {
  const pairs = actions.flatMap((key, index) => (index % 2 === 0 ? [{ key, label: actions[index + 1] ?? '' }] : []))
  // Chromium adds 'settings', Firefox its own: those are the browser's, and only pressed by their label.
  return pairs.filter(({ key }) => key !== 'default')
}

function plain(hints: Record<string, Variant>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(hints).map(([name, { value }]) => [name, value as unknown]))
}
