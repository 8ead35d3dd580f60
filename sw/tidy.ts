// Takes from the tray what is no longer true; done whenever the worker runs, for nothing wakes it when a request ends.
import { cachedRequests, type Device } from '../client/device/index.ts'
import { updateBadge } from './badge.ts'
import { restoreApprove } from './caution.ts'
import { ifPossible } from './if-possible.ts'
import { readShown, type ShownData } from './tray.ts'
import type { Worker } from './worker.ts'

/** How long an outcome may stay that nobody closed. */
const OUTCOME_MS = 10 * 60 * 1000

type Shown = Pick<Notification, 'data' | 'close'>

/**
 * What a page was told when it asked may be older than a push that came in the meantime: what is younger than this is
 * over only when it is named.
 */
const FRESH_MS = 10_000

/** @param told which ones a page has seen end; it has just fetched what is pending, and whatever is not among it is over */
export async function tidy(worker: Worker, { told }: { told?: readonly string[] } = {}): Promise<void> {
  const device = await ifPossible(() => worker.device())
  if (!device) return
  const pending = told ? await ifPossible(() => pendingIds(device)) : undefined
  const now = device.clock.now()
  const notifications: Shown[] = await worker.registration.getNotifications()
  for (const notification of notifications) {
    const shown = readShown(notification.data)
    if (shown && isOver(shown, { now, local: worker.clock.now(), pending, ended: told ?? [] })) notification.close()
  }
  await ifPossible(() => restoreApprove(worker, device))
  await updateBadge(worker)
}

async function pendingIds(device: Device): Promise<ReadonlySet<string>> {
  return new Set((await cachedRequests(device)).map(({ id }) => id))
}

/** `now`: the server's time; `local`: this device's. */
type Seen = { now: number; local: number; pending: ReadonlySet<string> | undefined; ended: readonly string[] }

function isOver(shown: ShownData, { now, local, pending, ended: named }: Seen): boolean {
  if (shown.kind === 'notice') return false
  const ended = shown.request ? Date.parse(shown.request.expiresAt) : undefined
  if (shown.kind === 'outcome') {
    if (shown.until !== undefined) return local >= shown.until
    return ended === undefined || now >= ended + OUTCOME_MS
  }
  if (named.includes(shown.id) || (ended !== undefined && now >= ended)) return true
  const isFresh = shown.request !== undefined && now < Date.parse(shown.request.createdAt) + FRESH_MS
  return pending !== undefined && !pending.has(shown.id) && !isFresh
}
