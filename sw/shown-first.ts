// What is in the tray is asked for only when nothing is on its way there. Chromium forgets what it has noted of a
// notification that it has not drawn yet when somebody asks for those there are: it is drawn all the same, and a press on
// it, Approve or Deny, comes to nothing.
import type { Tray } from './worker.ts'

export function shownFirst(tray: Tray): Tray {
  const showing = new Set<Promise<void>>()
  return {
    showNotification: (title, options) => {
      const shown = tray.showNotification(title, options)
      showing.add(shown)
      const over = () => void showing.delete(shown)
      shown.then(over, over)
      return shown
    },
    getNotifications: async (filter) => {
      while (showing.size > 0) await Promise.allSettled(showing)
      return tray.getNotifications(filter)
    },
  }
}
