// Notifications bring their icons along, out of what is kept with the app: a browser fetches an address before it shows
// anything, and on a phone whose network hangs nobody would see a sign-in until it gave up.
import type { Tray } from './worker.ts'

const ICON = '/icons/icon-192.png'
const BADGE = '/icons/badge-96.png'

type Kept = (path: string) => Promise<Response | undefined>

/** @param kept what is kept at this path, if anything is */
export function withIcons(tray: Tray, kept: Kept): Tray {
  let icons: Promise<{ icon: string; badge: string }> | undefined
  return {
    showNotification: async (title, options) => {
      icons ??= read(kept)
      await tray.showNotification(title, { ...(await icons), ...options })
    },
    getNotifications: (filter) => tray.getNotifications(filter),
  }
}

async function read(kept: Kept): Promise<{ icon: string; badge: string }> {
  const [icon, badge] = await Promise.all([inline(kept, ICON), inline(kept, BADGE)])
  return { icon, badge }
}

/** Its address, where nothing is kept. */
async function inline(kept: Kept, path: string): Promise<string> {
  const response = await kept(path).catch(() => undefined)
  if (!response) return path
  const bytes = new Uint8Array(await response.arrayBuffer())
  return `data:image/png;base64,${btoa(String.fromCharCode(...bytes))}`
}
