// Following a request until it ends: by a stream of events where one comes through, by asking again where none does.
import type { SignInView } from '../../protocol/login-api.ts'

export type WatchNeeds = {
  /** opens the stream; `EventSource` in a browser */
  open: () => Pick<EventSource, 'addEventListener' | 'close'>
  read: () => Promise<SignInView>
  /** resolves after `ms`, or when the signal says so */
  pause: (ms: number, signal: AbortSignal) => Promise<void>
  tell: (view: SignInView) => void
  /** the server no longer answers, or refuses */
  fail: (error: unknown) => void
}

const ASK_EVERY_MS = 2000
/** A proxy that keeps back what a stream says looks like a stream on which nothing happens. */
const FIRST_WORD_WITHIN_MS = 4000

export const isPending = (view: SignInView) => view.step === 'waiting' && view.request.state === 'pending'

export async function watch(needs: WatchNeeds, signal: AbortSignal): Promise<void> {
  let isStreaming = true
  while (!signal.aborted) {
    if (isStreaming) {
      const heard = await stream(needs, signal)
      if (heard === 'end') return
      isStreaming = heard === 'broken'
    }
    await needs.pause(ASK_EVERY_MS, signal)
    if (signal.aborted || !(await ask(needs))) return
  }
}

/** @returns whether there is still something to wait for */
async function ask({ read, tell, fail }: WatchNeeds): Promise<boolean> {
  try {
    const view = await read()
    tell(view)
    return isPending(view)
  } catch (error) {
    fail(error)
    return true
  }
}

/** `end`: nothing more will come. `broken`: it spoke, then fell silent. `mute`: it never spoke. */
async function stream({ open, pause, tell }: WatchNeeds, signal: AbortSignal): Promise<'end' | 'broken' | 'mute'> {
  const over = new AbortController()
  const stop = () => over.abort()
  signal.addEventListener('abort', stop, { once: true })
  const source = open()
  let heard: 'end' | 'broken' | 'mute' = 'mute'
  const ended = new Promise<void>((resolve) => {
    over.signal.addEventListener('abort', () => resolve(), { once: true })
    source.addEventListener('view', (event) => {
      const view = JSON.parse((event as MessageEvent<string>).data) as SignInView
      heard = isPending(view) ? 'broken' : 'end'
      tell(view)
      if (heard === 'end') resolve()
    })
    source.addEventListener('error', () => resolve())
    pause(FIRST_WORD_WITHIN_MS, over.signal).then(() => {
      if (heard === 'mute') resolve()
    })
  })
  await ended
  source.close()
  over.abort()
  signal.removeEventListener('abort', stop)
  return signal.aborted ? 'end' : heard
}
