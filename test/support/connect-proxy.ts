// An outbound proxy as corporate networks have it (HTTP CONNECT), which can lead names of the internet to a double.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

export interface Target {
  host: string
  port: number
}

export interface ConnectProxyOptions {
  /** Where a tunnel ends: always there, or by the `host:port` that was asked for; null is refused with 502. */
  to: Target | ((authority: string) => Target | null)
}

export interface ConnectProxy extends AsyncDisposable {
  /** For `HTTPS_PROXY`. */
  url: string
  /** Every `host:port` that was asked for, oldest first. */
  connects: readonly string[]
  stop(): Promise<void>
}

export async function startConnectProxy({ to }: ConnectProxyOptions): Promise<ConnectProxy> {
  const connects: string[] = []
  const open = new Set<Duplex>()
  const keep = (socket: Duplex) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  }

  // Anything but CONNECT is not for this proxy.
  const server = createServer((_, response) => response.writeHead(405).end())
  server.on('connect', (request, client, head) => {
    const authority = request.url ?? ''
    connects.push(authority)
    keep(client)
    const target = typeof to === 'function' ? to(authority) : to
    if (!target) return void client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    const upstream = connect(target, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(client).pipe(upstream)
    })
    keep(upstream)
    // Where one side breaks, the other learns it.
    upstream.on('error', () => client.destroy())
    client.on('error', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
      // A tunnel is no longer the server's connection.
      for (const socket of open) socket.destroy()
    })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connects,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
