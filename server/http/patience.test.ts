// Who takes too long to speak or to listen, on real connections; with short times, for nobody waits for minutes.
import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { leaveStalled, PATIENCE, STALLED_MS } from './patience.ts'

const SHORT = { headersTimeout: 100, requestTimeout: 100, connectionsCheckingInterval: 20 }
const LONG = 60_000
const HEAD = 'POST / HTTP/1.1\r\nHost: harbour.example\r\n'
const servers: Server[] = []
const sockets: Socket[] = []
const drips: NodeJS.Timeout[] = []

afterEach(async () => {
  for (const drip of drips.splice(0)) clearInterval(drip)
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) await once(server.close(), 'close')
})

async function answering(
  listener: RequestListener,
  { stalled = LONG, ...more }: ServerOptions & { stalled?: number } = {},
) {
  const server = createServer({ ...PATIENCE, ...SHORT, ...more }, listener)
  leaveStalled(server, stalled)
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let heard = ''
  socket.on('data', (bytes) => (heard += bytes)).on('error', () => undefined)
  /** One after another, for ever. */
  const drip = (text: string) => drips.push(setInterval(() => socket.write(text), 5))
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve())).then(
    () => heard.split('\r\n')[0],
  )
  return { server, socket, drip, closed }
}

const reads: RequestListener = (incoming, outgoing) =>
  void incoming
    .resume()
    .on('end', () => outgoing.end())
    .on('error', () => undefined)

it.each<[string, string, string]>([
  ['says nothing', '', ''],
  ['sends a head byte by byte', `${HEAD}X: `, 'x'],
  ['sends a body byte by byte', `${HEAD}Content-Length: 1000000\r\n\r\n`, 'x'],
  ['sends a body in pieces of one byte', `${HEAD}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n'],
])('closes whoever %s', async (_, begin, more) => {
  const { socket, drip, closed } = await answering(reads)
  socket.write(begin)
  if (more) drip(more)
  const said = await closed
  // Who is still sending may lose what was said in the end.
  expect(said).toMatch(more ? /^(HTTP\/1.1 408 Request Timeout)?$/ : /^HTTP\/1.1 408 /)
})

it('closes whoever is owed an answer and does not read it, and a connection that nothing more is asked on', async () => {
  const owing = await answering((_, outgoing) => outgoing.end(Buffer.alloc(64 * 1024 * 1024)), { stalled: 50 })
  const [, served] = await Promise.all([owing.socket.pause().write(`${HEAD}\r\n`), once(owing.server, 'connection')])
  await once(served[0], 'close')
  const idle = await answering(reads, { keepAliveTimeout: 50 })
  idle.socket.write(`${HEAD}Content-Length: 0\r\n\r\n`)
  expect(await idle.closed).toBe('HTTP/1.1 200 OK')
})

it('waits with whoever waits for an answer that takes long', async () => {
  let timedOut = 0
  const { server, socket, closed } = await answering(
    (_, outgoing) => void server.on('timeout', () => timedOut++ || outgoing.end('at last')),
    { stalled: 50, keepAliveTimeout: 50 },
  )
  socket.write(`GET / HTTP/1.1\r\nHost: harbour.example\r\n\r\n`)
  expect(await closed).toBe('HTTP/1.1 200 OK')
  expect(timedOut).toBeGreaterThan(0)
})

it('is patient with long polls and streams, and less so than proxies between calls', () => {
  expect(PATIENCE.keepAliveTimeout).toBeGreaterThan(60_000)
  expect(STALLED_MS).toBeGreaterThan(15_000)
})
