// Calls that follow one another on a connection before any is answered.
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { oneAfterAnother } from './one-after-another.ts'

const servers: Server[] = []
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) await once(server.close(), 'close')
})

/** A server whose calls are answered when a test says so. */
async function server() {
  const begun: string[] = []
  const closed: string[] = []
  const unanswered: ServerResponse[] = []
  let begins = Promise.withResolvers<void>()
  const http = createServer(
    oneAfterAnother(({ url = '' }, outgoing) => {
      begun.push(url)
      unanswered.push(outgoing)
      outgoing.once('close', () => closed.push(url))
      begins.resolve()
      begins = Promise.withResolvers()
    }),
  )
  servers.push(http.listen(0, '127.0.0.1'))
  await once(http, 'listening')
  async function connected() {
    const socket = connect({ port: (http.address() as AddressInfo).port, host: '127.0.0.1' })
    sockets.push(socket)
    let heard = ''
    socket.on('data', (more) => (heard += more))
    /** Of what has been heard. */
    const statuses = () => [...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))
    async function hears(many: number): Promise<number[]> {
      while (statuses().length < many) await once(socket, 'data')
      return statuses()
    }
    const asks = (from: number, to: number) => {
      const calls = Array.from(
        { length: to - from },
        (_, n) => `GET /${from + n} HTTP/1.1\r\nHost: harbour.example\r\n\r\n`,
      )
      socket.write(calls.join(''))
    }
    return { socket, asks, hears }
  }
  return { begun, closed, unanswered, connected, begins: () => begins.promise }
}

it('begin when those in front of them are answered', async () => {
  const { begun, unanswered, connected, begins } = await server()
  const { asks, hears } = await connected()
  for (const from of [0, 9]) {
    let next = begins()
    asks(from, from + 9)
    for (let n = from; n < from + 9; n++) {
      await next
      expect(begun).toHaveLength(n + 1)
      next = begins()
      unanswered.pop()?.end(`${n}`)
    }
  }
  expect(await hears(18)).toEqual(Array(18).fill(200))
  expect(begun).toEqual(Array.from({ length: 18 }, (_, n) => `/${n}`))
})

it('are no more than eight: with more their connection is closed', async () => {
  const { begun, closed, connected } = await server()
  const { socket, asks } = await connected()
  asks(0, 200)
  await once(socket, 'close')
  expect([begun, closed]).toEqual([['/0'], ['/0']])
})

it('with a body are one: what is read of it takes room before it begins', async () => {
  const { begun, unanswered, connected, begins } = await server()
  const { socket, asks, hears } = await connected()
  const post = 'POST /post HTTP/1.1\r\nHost: harbour.example\r\nContent-Length: 2\r\n\r\n{}'
  const first = begins()
  asks(0, 1)
  socket.write(post)
  await first
  const second = begins()
  unanswered.pop()?.end()
  await second
  expect([begun, await hears(1)]).toEqual([['/0', '/post'], [200]])
  socket.write(post + post)
  await once(socket, 'close')
  expect(begun).toEqual(['/0', '/post'])
})

it('never begin where their connection is gone, and the one that had begun is told', async () => {
  const { begun, closed, unanswered, connected, begins } = await server()
  const { socket, asks } = await connected()
  const first = begins()
  asks(0, 4)
  await first
  const [outgoing] = unanswered
  socket.destroy()
  await once(outgoing as ServerResponse, 'close')
  expect([begun, closed]).toEqual([['/0'], ['/0']])
})

it('of others begin meanwhile', async () => {
  const { begun, connected, begins } = await server()
  const [one, other] = [await connected(), await connected()]
  const first = begins()
  one.asks(0, 4)
  await first
  const second = begins()
  other.asks(4, 5)
  await second
  expect(begun).toEqual(['/0', '/4'])
})
