// Puts a script before one script of a site, for one browser. A browser fetches a service worker's script by itself when
// it looks for an update, where DevTools cannot reach: only a proxy sees every one of those requests, and sees it alike.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { readBody } from './push-request.ts'

export interface PrependingProxyOptions {
  /** Of the script; http. */
  url: string
  prefix: string
  /** Hears of each request as it reaches the proxy. */
  heard?: (url: string) => void
}

export interface PrependingProxy {
  /** For `launchBrowser({ args })`. */
  flags: string[]
  /** What is put before the script; may be changed at any time. */
  prefix: string
  /** False breaks off what is open and lets nothing through, also of what the browser asks for by itself. */
  setConnected(connected: boolean): void
  stop(): Promise<void>
}

export async function startPrependingProxy({ url, prefix, heard }: PrependingProxyOptions): Promise<PrependingProxy> {
  let isConnected = true
  const server = createServer((request, response) => {
    if (!isConnected) return void request.destroy()
    heard?.(request.url ?? '')
    const { method, headers } = request
    const isScript = request.url === url
    // Compressed, it could not be put together; and what the server calls unchanged may have changed here.
    const { 'if-none-match': _, ...whole } = headers
    const sent = isScript ? { ...whole, 'accept-encoding': 'identity' } : headers
    const outgoing = forward(request.url ?? '', { method, headers: sent }, (incoming) => {
      if (isScript && incoming.statusCode === 200) void prepend(proxy.prefix, incoming, response)
      else pass(incoming, response)
    })
    // A stream that the page has left must not stay open at the server.
    response.once('close', () => outgoing.destroy())
    outgoing.on('error', () => response.destroy())
    request.pipe(outgoing)
  })
  server.on('connect', ({ url: authority = '' }, client, head) => {
    const { hostname, port } = new URL(`https://${authority}`)
    const upstream = connect(Number(port || 443), hostname, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(client).pipe(upstream)
    })
    upstream.on('error', () => client.destroy())
    client.on('error', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const proxy: PrependingProxy = {
    prefix,
    setConnected: (connected) => {
      isConnected = connected
      if (!connected) server.closeAllConnections()
    },
    // Browsers go to localhost directly unless told otherwise.
    flags: [`--proxy-server=http://127.0.0.1:${port}`, '--proxy-bypass-list=<-loopback>'],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return proxy
}

async function prepend(prefix: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { 'content-length': _, ...headers } = incoming.headers
  const script = await readBody(incoming)
  // Whatever each of them ends or begins with, they are two statements.
  response.writeHead(200, headers).end(`${prefix}\n;${script}`)
}

function pass(incoming: IncomingMessage, response: ServerResponse): void {
  response.writeHead(incoming.statusCode ?? 502, incoming.rawHeaders)
  response.flushHeaders()
  incoming.pipe(response)
  // A stream that the server breaks off must break off at the browser too.
  incoming.once('close', () => incoming.complete || response.destroy())
}
