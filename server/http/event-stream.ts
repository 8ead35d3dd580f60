// Server-sent events: a snapshot at once, one more on each change, a comment now and then so that nobody hangs up.
import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Room } from '../overload/room.ts'
import type { Bell } from '../requests/wait.ts'
import { whenStopping } from '../stopping.ts'
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

type Reader = { outgoing: ServerResponse; isGone: boolean }

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
  // Whoever comes back on a connection that was kept open would hold up the stop; who has left is not waited for.
  const reader: Reader = { outgoing, isGone: streaming.stopping.aborted || outgoing.destroyed }
  const end = () => {
    reader.isGone = true
    streaming.bell.strike()
  }
  outgoing.once('close', end)
  const stays = whenStopping(streaming.stopping, end)
  outgoing.writeHead(200, HEADERS)
  run(streaming, reader)
    // The store failed, or the client went away in the middle: either way it connects again.
    .catch(() => outgoing.destroy())
    .finally(() => {
      stays()
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

async function run({ snapshot, bell, nextLook }: Streaming, reader: Reader): Promise<void> {
  const { outgoing } = reader
  let told: string | undefined
  while (!reader.isGone) {
    const now = await snapshot()
    if (!now || reader.isGone) break
    const text = frame(now)
    // Together with the end: one write to the socket in place of two.
    if (now.last) return void outgoing.end(text)
    if (text !== told) await write(outgoing, text)
    told = text
    const rung = await bell.ring(Math.min(COMMENT_EVERY_MS, nextLook?.() ?? COMMENT_EVERY_MS))
    if (!rung && !reader.isGone) await write(outgoing, ': waiting\n\n')
  }
  outgoing.end()
}

/** A reader slower than the changes gets the latest state next, not all of them: nothing piles up for it. */
async function write(outgoing: ServerResponse, text: string): Promise<void> {
  if (outgoing.write(text) || outgoing.destroyed) return
  await new Promise<void>((resolve) => {
    const goOn = () => {
      outgoing.off('drain', goOn).off('close', goOn)
      resolve()
    }
    outgoing.on('drain', goOn).on('close', goOn)
  })
}

function frame({ event, id, data }: Snapshot): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`
}
