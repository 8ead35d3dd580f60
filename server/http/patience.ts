// How long whoever calls may take to say what they want, and to hear what they are answered. Attack stopped: many who send
// a byte now and then, or read none, each of whom holds a connection for as long as they like.
import type { Server, ServerOptions } from 'node:http'
import type { Socket } from 'node:net'

/** Milliseconds; whoever goes beyond them is closed at the next look. */
export const PATIENCE = {
  /** for the head of a call, and for the first word on a new connection */
  headersTimeout: 30_000,
  /** for all of it: 32 MiB are sent in it over a slow line */
  requestTimeout: 300_000,
  /** between calls: longer than proxies keep theirs, which would send into a connection that is being closed */
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
} satisfies ServerOptions

/** In which nothing of an answer that waits is taken. */
export const STALLED_MS = 60_000

/** Node's own mark of the answer that is under way on a connection. */
type Answering = Socket & { _httpMessage?: object | null }

/** A call that is still worked on, or a stream that has nothing to say, is nobody's fault: only who does not read is left. */
export function leaveStalled(server: Server, ms: number): void {
  server.setTimeout(ms, (socket: Answering) => {
    // Without an answer under way it is a connection that was kept open long enough.
    if (!socket._httpMessage || socket.writableLength > 0) socket.destroy()
  })
}
