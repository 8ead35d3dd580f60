// Server-sent events: a snapshot at once, one more on each change, a comment now and then so that nobody hangs up.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Room } from '../overload/room.ts'
import type { Bell } from '../requests/wait.ts'
import { whenStopping } from '../stopping.ts'
import { digest } from '../store/digest.ts'
import type { Call } from './env.ts'
import { endedBy } from './problem-response.ts'

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
  /** whose share of that room it takes */
  who: string
  /** the call itself is not looked at again: what it said need not be kept for as long */
  forgetsCall?: true
}

const COMMENT_EVERY_MS = 15_000
const COMMENT = ': waiting\n\n'
const HEADERS = {
  'Content-Type': 'text/event-stream',
  'X-Accel-Buffering': 'no',
  // In the place of the pages' longer one: Node keeps the head of an answer for as long as that is under way.
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
}

/**
 * Written to Node's own response: thousands wait at once, and a web stream for each would double what they hold.
 * @throws {Problem} unavailable: as many wait as there is room for
 */
export function eventStream(c: Call, streaming: Streaming): Response {
  if (!c.env) throw new Error('streams need a Node server')
  const { incoming, outgoing } = c.env
  if (c.req.method === 'HEAD') {
    streaming.bell.end()
    return new Response(null, { headers: HEADERS })
  }
  const leave = entered(streaming)
  if (streaming.forgetsCall) forget(incoming, outgoing)
  new Reader(outgoing, streaming, { leave, ended: endedBy(c) }).look()
  return RESPONSE_ALREADY_SENT
}

/** Its headers, and the adapter's listener, which keeps a Request that nobody will ask any more. */
function forget(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.headers = {}
  incoming.rawHeaders = []
  outgoing.removeAllListeners('close')
}

function entered({ waiting, who, bell }: Streaming): (() => void) | undefined {
  try {
    return waiting?.enter(who)
  } catch (error) {
    bell.end()
    throw error
  }
}

/** `leave`: the room that it was let into. `ended`: says by what it ended, where that was not an end of its own. */
type Ways = { leave: (() => void) | undefined; ended: (error: unknown) => void }

/** Told and left waiting: while it waits there is no promise, only what the bell holds. */
class Reader {
  readonly #outgoing: ServerResponse
  readonly #streaming: Streaming
  readonly #leave: Ways['leave']
  readonly #ended: Ways['ended']
  readonly #stays: () => void
  #isGone: boolean
  /** a digest: the text itself would be kept for as long as nothing changes */
  #told: string | undefined

  constructor(outgoing: ServerResponse, streaming: Streaming, { leave, ended }: Ways) {
    this.#outgoing = outgoing
    this.#streaming = streaming
    this.#leave = leave
    this.#ended = ended
    // Whoever comes back on a connection that was kept open would hold up the stop; who has left is not waited for.
    this.#isGone = streaming.stopping.aborted || outgoing.destroyed
    const end = () => this.#end()
    outgoing.on('close', end)
    this.#stays = whenStopping(streaming.stopping, end)
  }

  /** @param comment before it */
  look(comment?: string): void {
    this.#tell(comment).catch((error: unknown) => {
      this.#ended(error)
      // Whoever listens connects again.
      this.#outgoing.destroy()
      this.#release()
    })
  }

  async #tell(comment?: string): Promise<void> {
    if (comment && !this.#isGone) await write(this.#outgoing, comment)
    const { snapshot, bell, nextLook } = this.#streaming
    const now = this.#isGone ? undefined : await snapshot()
    if (!now || this.#isGone) return this.#finish()
    const text = frame(now)
    // Together with the end: one write to the socket in place of two.
    if (now.last) return this.#finish(text)
    const told = digest(text)
    if (this.#told === undefined) await begun(this.#outgoing, text)
    else if (told !== this.#told) await write(this.#outgoing, text)
    this.#told = told
    const ms = Math.min(COMMENT_EVERY_MS, nextLook?.() ?? COMMENT_EVERY_MS)
    bell.onRing(ms, (isRung) => this.look(isRung ? undefined : COMMENT))
  }

  #end(): void {
    this.#isGone = true
    this.#streaming.bell.strike()
  }

  #finish(text = ''): void {
    if (!this.#outgoing.headersSent) this.#outgoing.writeHead(200, HEADERS)
    this.#outgoing.end(text)
    this.#release()
  }

  #release(): void {
    this.#stays()
    this.#streaming.bell.end()
    this.#leave?.()
  }
}

/** The head in the same packet, but by itself: Node keeps it for as long, and in a hundred pieces unless it left alone. */
function begun(outgoing: ServerResponse, text: string): Promise<void> {
  const { socket } = outgoing
  socket?.cork()
  outgoing.writeHead(200, HEADERS).flushHeaders()
  const told = write(outgoing, text)
  socket?.uncork()
  return told
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
