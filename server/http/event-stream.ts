// Server-sent events: a snapshot at once, one more on each change, a comment now and then so that nobody hangs up.
import type { Bell } from '../requests/wait.ts'

export type Snapshot = { event: string; id?: string; data: string; last: boolean }

export type Streaming = {
  /** the present state; undefined ends the stream without a word */
  snapshot: () => Promise<Snapshot | undefined>
  bell: Bell
  /** at the latest, look again after so many milliseconds (the end of a request, the end of the stream) */
  nextLook?: () => number
  /** ends with it: the client hung up, or the server stops */
  signal: AbortSignal
}

const COMMENT_EVERY_MS = 15_000
const encoder = new TextEncoder()

export function eventStream(streaming: Streaming): Response {
  const hungUp = new AbortController()
  const signal = AbortSignal.any([streaming.signal, hungUp.signal])
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void run(streaming, signal, controller).finally(streaming.bell.end),
    cancel: () => hungUp.abort(),
  })
  return new Response(body, {
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
  })
}

async function run(
  { snapshot, bell, nextLook }: Streaming,
  signal: AbortSignal,
  controller: ReadableStreamDefaultController<Uint8Array>,
): Promise<void> {
  let told: string | undefined
  try {
    while (!signal.aborted) {
      const now = await snapshot()
      if (!now || signal.aborted) break
      const text = frame(now)
      if (text !== told) controller.enqueue(encoder.encode(text))
      told = text
      if (now.last) break
      const rung = await bell.ring(Math.min(COMMENT_EVERY_MS, nextLook?.() ?? COMMENT_EVERY_MS), signal)
      if (!rung && !signal.aborted) controller.enqueue(encoder.encode(': waiting\n\n'))
    }
    controller.close()
  } catch (error) {
    // The client is gone in the middle of a write, or the store failed: either way it connects again.
    controller.error(error)
  }
}

function frame({ event, id, data }: Snapshot): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`
}
