// Server-sent events: a snapshot at once, one more on each change, a comment now and then so that nobody hangs up.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Room } from '../overload/room.ts'
import type { Bell } from '../requests/wait.ts'
import type { Call } from './env.ts'

export type Snapshot = { event: string; id?: string; data: string; last: boolean }

export type Streaming = {
  /** the present state; undefined ends the stream without a word */
  snapshot: () => Promise<Snapshot | undefined>
  bell: Bell
  /** at the latest, look again after so many milliseconds (the end of a request, the end of the stream) */
  nextLook?: () => number
  /** the server stops */
  stopping: AbortSignal
  /** for as long as it lasts */
  waiting?: Room | undefined
}

const ENDED = Symbol('ended')
const COMMENT_EVERY_MS = 15_000
const HEADERS = { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' }

/**
 * Written to Node's own response: thousands wait at once, and a web stream for each would double what they hold.
 * @throws {Problem} unavailable: as many wait as there is room for
 */
export function eventStream(c: Call, streaming: Streaming): Response {
  if (!c.env) throw new Error('streams need a Node server')
  const { outgoing } = c.env
  if (c.req.method === 'HEAD') {
    streaming.bell.end()
    return new Response(null, { headers: HEADERS })
  }
  const leave = entered(streaming)
  const over = new AbortController()
  const end = () => over.abort(ENDED)
  outgoing.once('close', end)
  streaming.stopping.addEventListener('abort', end, { once: true })
  // Whoever comes back on a connection that was kept open would hold up the stop; who has left is not waited for.
  if (streaming.stopping.aborted || outgoing.destroyed) end()
  outgoing.writeHead(200, HEADERS)
  run(streaming, over.signal, outgoing)
    // The store failed, or the client went away in the middle: either way it connects again.
    .catch(() => outgoing.destroy())
    .finally(() => {
      streaming.stopping.removeEventListener('abort', end)
      streaming.bell.end()
      leave?.()
    })
  return RESPONSE_ALREADY_SENT
}

function entered({ waiting, bell }: Streaming): (() => void) | undefined {
  try {
    return waiting?.enter()
  } catch (error) {
    bell.end()
    throw error
  }
}

async function run(
  { snapshot, bell, nextLook }: Streaming,
  over: AbortSignal,
  outgoing: ServerResponse,
): Promise<void> {
  let told: string | undefined
  while (!over.aborted) {
    const now = await snapshot()
    if (!now || over.aborted) break
    const text = frame(now)
    // Together with the end: one write to the socket in place of two.
    if (now.last) return void outgoing.end(text)
    if (text !== told) await write(outgoing, text, over)
    told = text
    const rung = await bell.ring(Math.min(COMMENT_EVERY_MS, nextLook?.() ?? COMMENT_EVERY_MS), over)
    if (!rung && !over.aborted) await write(outgoing, ': waiting\n\n', over)
  }
  outgoing.end()
}

/** A reader slower than the changes gets the latest state next, not all of them: nothing piles up for it. */
async function write(outgoing: ServerResponse, text: string, over: AbortSignal): Promise<void> {
  // Rejects when the client hangs up while its buffer is full; the loop's condition ends it then.
  if (!outgoing.write(text)) await once(outgoing, 'drain', { signal: over }).catch(() => undefined)
}

function frame({ event, id, data }: Snapshot): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`
}
