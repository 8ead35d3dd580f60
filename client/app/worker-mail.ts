// What the worker tells this page. Browsers hand messages over as soon as the page is read, which may be before the app
// stands: the press on a notification that came then would be lost, so it is kept until somebody listens.
import { type WorkerMessage, workerMessage } from '../device/index.ts'

export type Listener = (message: WorkerMessage) => void

const listeners = new Set<Listener>()
let early: WorkerMessage[] = []

/** @param container absent in browsers that have no service workers here */
export function receiveMail(container: Pick<ServiceWorkerContainer, 'addEventListener'> | undefined): void {
  container?.addEventListener('message', ({ data }) => {
    const message = workerMessage.safeParse(data)
    if (!message.success) return
    if (listeners.size === 0) early.push(message.data)
    for (const listen of listeners) listen(message.data)
  })
}

/** @returns what ends the listening */
export function onMail(listen: Listener): () => void {
  listeners.add(listen)
  const kept = early
  early = []
  for (const message of kept) listen(message)
  return () => listeners.delete(listen)
}
