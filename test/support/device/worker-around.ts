// The service worker's surroundings for tests: a tray that shows, replaces and closes, and windows that are told.
import type { Registration, Worker } from '../../../sw/worker.ts'
import { anInstallation, type Installation, ORIGIN } from './installation.ts'

export type Shown = { title: string; body: string; tag: string; actions: string[]; data: unknown; close(): void }
export type Window = { url: string; focused: boolean; visibilityState: 'visible' | 'hidden'; told: unknown[] }

export type Around = Installation & {
  worker: Worker
  /** what is in the tray now */
  tray: Shown[]
  /** titles of everything that was ever shown, oldest first */
  history: string[]
  /** Resolves as soon as something with this title is, or was, shown. */
  whenShown(title: string): Promise<void>
  /** paths that were opened in new windows */
  opened: string[]
  windows: Window[]
  badges: number[]
  syncs: string[]
}

type Options = NotificationOptions & { actions?: { action: string }[] }

export async function aWorker(): Promise<Around> {
  const installation = await anInstallation()
  const tray: Shown[] = []
  const watchers: (() => void)[] = []
  const around = { tray, history: [], opened: [], windows: [], badges: [], syncs: [] } as Omit<
    Around,
    keyof Installation | 'worker' | 'whenShown'
  >
  const close = (shown: Shown) => tray.includes(shown) && tray.splice(tray.indexOf(shown), 1)

  const registration = {
    showNotification: async (title: string, { body = '', tag = '', actions = [], data }: Options) => {
      const replaced = tray.find((other) => other.tag === tag)
      if (replaced) close(replaced)
      const shown = { title, body, tag, actions: actions.map(({ action }) => action), data: structuredClone(data) }
      const notification: Shown = { ...shown, close: () => close(notification) }
      tray.push(notification)
      around.history.push(title)
      for (const watch of watchers) watch()
    },
    getNotifications: async ({ tag }: { tag?: string } = {}) => tray.filter((shown) => !tag || shown.tag === tag),
    sync: { register: async (tag: string) => void around.syncs.push(tag) },
  } as unknown as Registration

  const asClient = (window: Window) => ({
    ...window,
    postMessage: (message: unknown) => window.told.push(message),
    focus: async () => {
      window.focused = true
    },
  })
  const clients = {
    matchAll: async () => around.windows.map(asClient),
    openWindow: async (path: string) => void around.opened.push(path),
  } as unknown as Worker['clients']

  const whenShown = (title: string) =>
    new Promise<void>((resolve) => {
      const watch = () => around.history.includes(title) && resolve()
      watchers.push(watch)
      watch()
    })

  const worker: Worker = {
    device: async () => installation.device,
    registration,
    clients,
    clock: installation.clock,
    setAppBadge: async (count) => void around.badges.push(count),
  }
  return { ...installation, ...around, whenShown, worker }
}

export function aWindow(path: string, change: Partial<Window> = {}): Window {
  return { url: ORIGIN + path, focused: false, visibilityState: 'hidden', told: [], ...change }
}
