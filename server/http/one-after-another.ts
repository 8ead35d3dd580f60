// Calls that come on a connection before the one in front of them is answered (RFC 9112 §9.3.2) are begun one after
// another. Attack stopped: one connection on which calls follow without a pause, all of them under way at once. Node stops
// reading where answers are kept, so not where none is there yet.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/**
 * Of one connection, and unanswered; with more it is closed, and whoever is honest asks again. To refuse each would cost
 * as much as to answer it. Browsers and proxies send none.
 */
const MOST_BEHIND = 8
/** Up to 64 KiB of it are read although it has not begun; nor may it follow another (RFC 9112 §9.3.2). */
const WITH_A_BODY = MOST_BEHIND

export function oneAfterAnother(begin: Listener): Listener {
  const behind = new WeakMap<Socket, number>()
  return (incoming, outgoing) => {
    const { socket } = incoming
    // What was read together is parsed to its end.
    if (socket.destroyed) return
    // An answer has its connection once those in front of it have left.
    if (outgoing.socket) {
      begin(incoming, outgoing)
      return
    }
    const before = behind.get(socket) ?? 0
    const weight = hasBody(incoming) ? WITH_A_BODY : 1
    if (before + weight > MOST_BEHIND) {
      socket.destroy()
      return
    }
    behind.set(socket, before + weight)
    outgoing.once('socket', () => {
      behind.set(socket, (behind.get(socket) ?? weight) - weight)
      // Node is about to send what was written before.
      queueMicrotask(() => begin(incoming, outgoing))
    })
  }
}

const hasBody = ({ headers }: IncomingMessage) => 'content-length' in headers || 'transfer-encoding' in headers
