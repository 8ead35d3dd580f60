// Decisions that nobody answered are sent again, by Background Sync where there is one, and whenever the worker runs.
import { type Retried, retryUnsent } from '../client/device/index.ts'
import { updateBadge } from './badge.ts'
import { ifPossible } from './if-possible.ts'
import { saidOfDecided, saidOfRefusal, saidWhenOver, showSaid } from './outcome.ts'
import { isAppVisible, tellWindows } from './windows.ts'
import type { Worker } from './worker.ts'

export const RETRY_TAG = 'unsent-decisions'

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 8_000

const underWay = new WeakMap<Worker, Promise<void>>()

/** Until every request has its answer or its end. Asked for twice it runs once. */
export function keepTrying(worker: Worker): Promise<void> {
  const running = underWay.get(worker) ?? tryUntilDone(worker).finally(() => underWay.delete(worker))
  underWay.set(worker, running)
  return running
}

async function tryUntilDone(worker: Worker): Promise<void> {
  for (let wait = FIRST_WAIT_MS; await retryOnce(worker); wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    if (wait === FIRST_WAIT_MS) await askForSync(worker)
    await worker.clock.after(wait)
  }
}

/** @returns whether something still waits */
async function retryOnce(worker: Worker): Promise<boolean> {
  const retried = (await ifPossible(async () => retryUnsent(await worker.device()))) ?? []
  for (const result of retried) await tell(worker, result)
  return retried.some(({ outcome }) => outcome === 'waiting')
}

/** The browser wakes the worker when there is a network again, should it have stopped the worker before. */
async function askForSync({ registration }: Worker): Promise<void> {
  try {
    await registration.sync?.register(RETRY_TAG)
  } catch (error) {
    // Refused in private windows and where the person switched it off; the next event tries again.
    if (!(error instanceof DOMException)) throw error
  }
}

async function tell(worker: Worker, retried: Retried): Promise<void> {
  if (retried.outcome === 'waiting') return
  await tellWindows(worker, { type: 'requests-changed' })
  await updateBadge(worker)
  if (await isSeenInApp(worker, retried)) return
  // Not awaited to its end: what closes by itself must not hold up the others.
  void showSaid(worker, retried.unsent.request, saidOf(retried))
}

/** The sheet says itself what became of what was decided on it, for as long as somebody looks at it. */
async function isSeenInApp(worker: Worker, { unsent }: Retried): Promise<boolean> {
  const shown = await worker.registration.getNotifications({ tag: unsent.request.id })
  return !unsent.left && shown.length === 0 && (await isAppVisible(worker))
}

function saidOf(retried: Exclude<Retried, { outcome: 'waiting' }>) {
  if (retried.outcome === 'over') return saidWhenOver()
  if (retried.outcome === 'refused') return saidOfRefusal(retried.unsent.verdict, retried.error)
  return saidOfDecided(retried.unsent.request, retried.unsent.verdict, retried.decided)
}
