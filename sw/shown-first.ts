// What is in the tray is asked for only when nothing is on its way there. Chromium forgets what it has noted of a
// notification that it has not drawn yet when somebody asks for those there are: it is drawn all the same, and a press on
// it, Approve or Deny, comes to nothing.
import type { Registration } from './worker.ts'

export function shownFirst(registration: Registration): Registration {
  const showing = new Set<Promise<void>>()
  return {
    showNotification: (title, options) => {
      const shown = registration.showNotification(title, options)
      showing.add(shown)
      const over = () => void showing.delete(shown)
      shown.then(over, over)
      return shown
    },
    getNotifications: async (filter) => {
      while (showing.size > 0) await Promise.allSettled(showing)
      return registration.getNotifications(filter)
    },
    get pushManager() {
      return registration.pushManager
    },
    ...(registration.sync && { sync: registration.sync }),
  }
}
