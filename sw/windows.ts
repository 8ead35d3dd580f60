// The app's open windows: told what happened, or brought to the front with the request that was pressed.

import type { WorkerMessage } from '../client/device/index.ts'
import type { RequestId } from '../protocol/ids.ts'
import { isAppAddress } from './routes.ts'
import type { Windows, Worker } from './worker.ts'

/** Other pages of this origin (a login page, say) never hear of requests. */
async function appWindows(clients: Windows): Promise<WindowClient[]> {
  const windows = await clients.matchAll({ type: 'window', includeUncontrolled: true })
  return windows.filter(({ url }) => isAppAddress(url))
}

export async function tellWindows({ clients }: Pick<Worker, 'clients'>, message: WorkerMessage): Promise<void> {
  for (const window of await appWindows(clients)) window.postMessage(message)
}

export async function isAppVisible({ clients }: Pick<Worker, 'clients'>): Promise<boolean> {
  return (await appWindows(clients)).some(({ visibilityState }) => visibilityState === 'visible')
}

export function openRequest(worker: Pick<Worker, 'clients'>, request: RequestId): Promise<void> {
  return bring(worker, `/requests/${request}`, { type: 'open-request', request })
}

export function openDevices(worker: Pick<Worker, 'clients'>): Promise<void> {
  return bring(worker, '/devices', { type: 'open-devices' })
}

export function openApp(worker: Pick<Worker, 'clients'>): Promise<void> {
  return bring(worker, '/', { type: 'requests-changed' })
}

async function bring({ clients }: Pick<Worker, 'clients'>, path: string, message: WorkerMessage): Promise<void> {
  const window = mostSuitable(await appWindows(clients), path)
  if (!window) {
    await clients.openWindow(path)
    return
  }
  window.postMessage(message)
  try {
    await window.focus()
  } catch (error) {
    // Some browsers refuse to bring an existing window forward: then a new one must do.
    if (!(error instanceof DOMException)) throw error
    await clients.openWindow(path)
  }
}

/** The window that shows it already, else the one in use, else one in sight, else the one used last. */
export function mostSuitable(windows: readonly WindowClient[], path: string): WindowClient | undefined {
  return (
    windows.find(({ url }) => new URL(url).pathname === path) ??
    windows.find(({ focused }) => focused) ??
    windows.find(({ visibilityState }) => visibilityState === 'visible') ??
    windows[0]
  )
}
