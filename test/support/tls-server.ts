// The listening that all doubles behind TLS have in common.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Socket } from 'node:net'
import { testCertificate } from './certificate.ts'

export interface TlsServer {
  /** `https://localhost:PORT`. */
  origin: string
  port: number
  caPath: string
  ca: string
  stop(): Promise<void>
}

export interface TlsServerOptions {
  port?: number
  /** Host names of the certificate. */
  names?: readonly string[]
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** A TLS socket has no TCP handle of its own that could be reset: the plain ones below, by the client's port. */
const plainSockets = new Map<number | undefined, Socket>()

/** Breaks the request's connection with a TCP reset. */
export function resetConnection(request: IncomingMessage): void {
  plainSockets.get(request.socket.remotePort)?.resetAndDestroy()
}

export async function startTlsServer({ port = 0, names }: TlsServerOptions, handle: Handler): Promise<TlsServer> {
  const { key, cert, caPath } = testCertificate(names)
  const server = createServer({ key, cert }, (request, response) => {
    handle(request, response).catch((error: Error) => {
      // A sender that hung up in the middle is its own business; everything else is a mistake of the double.
      if (request.destroyed && !response.headersSent) return
      process.emitWarning(error)
      response.destroy(error)
    })
  })
  server.on('connection', (socket) => {
    if (!(socket instanceof Socket)) return
    const { remotePort } = socket
    plainSockets.set(remotePort, socket)
    socket.once('close', () => plainSockets.delete(remotePort))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const actual = (server.address() as AddressInfo).port
  return {
    origin: `https://localhost:${actual}`,
    port: actual,
    caPath,
    ca: cert,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
