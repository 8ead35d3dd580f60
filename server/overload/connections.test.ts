// Connections beyond the bound.
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { type Bounded, boundConnections } from './connections.ts'

const [STRANGER, OTHER, PROXY] = ['127.0.1.1', '127.0.1.2', '127.0.1.3']
const servers: Server[] = []
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) await once(server.close(), 'close')
})

/** A server that greets whoever may stay. */
async function greeting(
  bounded: Omit<Bounded, 'closed'>,
  server: Server = createServer((socket) => socket.write('hello')),
) {
  const closed: (string | undefined)[] = []
  boundConnections(server, { ...bounded, closed: (who) => void closed.push(who) })
  server.listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  /** @returns whether it may stay */
  async function comes(from: string): Promise<Socket | undefined> {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from })
    sockets.push(socket)
    const isHeard = once(socket, 'data').then(() => socket)
    return Promise.race([isHeard, new Promise<undefined>((gone) => socket.once('close', () => gone(undefined)))])
  }
  const stays = async (from: string) => (await comes(from)) !== undefined
  return { closed, port, comes, stays }
}

it('are closed unheard, and it is told whose they were', async () => {
  const { closed, stays } = await greeting({ most: 1 })
  expect(await stays(STRANGER)).toBe(true)
  for (let n = 0; n < 2; n++) expect(await stays(STRANGER)).toBe(false)
  expect(closed).toEqual([STRANGER, STRANGER])
})

it('are those of whoever holds most, and the others find as many as each holds', async () => {
  const { closed, comes, stays } = await greeting({ most: 32 })
  const first = await comes(STRANGER)
  for (let n = 1; n < 28; n++) expect(await stays(STRANGER)).toBe(true)
  expect(await stays(STRANGER)).toBe(false)
  expect(closed).toEqual([STRANGER])
  for (const from of [OTHER, PROXY, OTHER, PROXY]) expect(await stays(from)).toBe(true)
  // As many as there are.
  expect([await stays(OTHER), await stays('127.0.1.4')]).toEqual([false, false])
  first?.destroy()
  await once(first as Socket, 'close')
  expect([await stays(STRANGER), await stays('127.0.1.4')]).toEqual([false, true])
})

it('are none of a proxy’s, by which many come, and nobody may have as many because it has', async () => {
  const isProxy = (address: string) => address === PROXY
  const { stays } = await greeting({ most: 32, isProxy })
  for (let n = 0; n < 20; n++) expect(await stays(PROXY)).toBe(true)
  for (let n = 0; n < 8; n++) expect(await stays(STRANGER)).toBe(true)
  expect([await stays(STRANGER), await stays(OTHER)]).toEqual([false, true])
  for (let n = 0; n < 3; n++) expect(await stays(PROXY)).toBe(true)
})

it('are none that an HTTP server hears of, and it answers on all others', async () => {
  let heard = 0
  const http = createHttpServer((_, outgoing) => outgoing.end('hello'))
  const { port, comes } = await greeting(
    { most: 8 },
    http.on('connection', () => heard++),
  )
  const stayed = Array.from({ length: 7 }, () => connect({ port, host: '127.0.0.1', localAddress: STRANGER }))
  sockets.push(...stayed)
  const asks = async (socket: Socket) => {
    socket.write('GET / HTTP/1.1\r\nHost: harbour.example\r\n\r\n')
    return String((await once(socket, 'data'))[0]).slice(0, 15)
  }
  for (let n = 0; n < 2; n++) for (const socket of stayed) expect(await asks(socket)).toBe('HTTP/1.1 200 OK')
  expect(await comes(STRANGER)).toBeUndefined()
  expect(heard).toBe(7)
})
