import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { type PushService, startPushService } from '../../test/support/push-service.ts'
import { trust } from '../../test/support/trust.ts'
import { allowedEndpoint } from './endpoint.ts'
import { type Outbound, openOutbound } from './outbound.ts'
import { pushSender } from './send.ts'

let service: PushService
beforeAll(async () => {
  service = await startPushService()
  trust(service.ca)
})
afterAll(() => service.stop())

type Needs = Parameters<typeof openOutbound>[0]
const needs = (about: Partial<Needs>): Needs => ({
  allowedOrigins: [],
  lookup: async () => ['127.0.0.1'],
  httpsProxy: undefined,
  noProxy: undefined,
  ...about,
})

/** What comes of a push that the double would take, were it reached. */
const send = async (endpoint: string, outbound: Outbound) => {
  service.faults.push({ status: 201, endpoint })
  const sender = pushSender({ outbound, clock: new ManualClock() })
  const answer = await sender.send({
    endpoint,
    body: new Uint8Array(1),
    authorization: '',
    ttl: 1,
    topic: undefined,
    keyIsCurrent: true,
  })
  service.faults.splice(0)
  await outbound.close()
  return answer
}
const refused = { kind: 'refused', status: undefined, fault: 'the address is not public' }
const accepted = { kind: 'accepted', status: 201 }

describe('a connection', () => {
  it('to a name that was public when it was checked and is private now is not made', async () => {
    const answers = [['93.184.215.14'], ['127.0.0.1']]
    const asked: string[] = []
    const lookup = async (name: string) => {
      asked.push(name)
      return answers[asked.length - 1] ?? []
    }
    const outbound = openOutbound(needs({ lookup }))
    const endpoint = await allowedEndpoint('https://rebinding.example.com/wp/1', {
      allowedOrigins: [],
      isProxied: outbound.isProxied,
      lookup,
    })
    expect(await send(endpoint, outbound)).toEqual(refused)
    expect(asked).toEqual(['rebinding.example.com', 'rebinding.example.com'])
  })

  it.each([
    ['a private address', ['127.0.0.1']],
    ['an address that is IPv4 in disguise', ['::ffff:127.0.0.1']],
    ['a private address beside a public one', ['93.184.215.14', '127.0.0.1']],
  ])('to a name with %s is not made', async (_, addresses) => {
    const outbound = openOutbound(needs({ lookup: async () => addresses }))
    expect(await send(service.createSubscription().endpoint, outbound)).toEqual(refused)
    expect(service.attempts).toEqual([])
  })

  it('to a private address without a name is not made', async () => {
    const { port } = new URL(service.origin)
    expect(await send(`https://127.0.0.1:${port}/wp/1`, openOutbound(needs({})))).toEqual(refused)
    expect(await send(`https://[::1]:${port}/wp/1`, openOutbound(needs({})))).toEqual(refused)
    expect(service.attempts).toEqual([])
  })

  it('to an origin that the operator trusts is made wherever it is', async () => {
    const outbound = openOutbound(needs({ allowedOrigins: [service.origin] }))
    expect(await send(service.createSubscription().endpoint, outbound)).toEqual(accepted)
  })

  it('to a name without an address may be made another time', async () => {
    const outbound = openOutbound(
      needs({ lookup: () => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' })) }),
    )
    const answer = await send('https://nowhere.example.com/wp/1', outbound)
    expect(answer).toEqual({ kind: 'retry', status: undefined, fault: 'ENOTFOUND' })
  })
})

describe('through a proxy', () => {
  let proxy: Server
  let httpsProxy: string
  const asked: { target: string | undefined; credentials: string | undefined }[] = []
  const open = new Set<Socket>()

  beforeAll(async () => {
    proxy = createServer().on('connect', (request: IncomingMessage, client: Socket) => {
      asked.push({ target: request.url, credentials: request.headers['proxy-authorization'] })
      const { port } = new URL(service.origin)
      const upstream = connect(Number(port), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        client.pipe(upstream).pipe(client)
      })
      for (const socket of [client, upstream]) {
        open.add(socket)
        socket.on('error', () => socket.destroy())
      }
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    httpsProxy = `http://user:secret@127.0.0.1:${(proxy.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    for (const socket of open) socket.destroy()
    await new Promise((resolve) => proxy.close(resolve))
  })

  it('the proxy finds the push service, with no name resolved here', async () => {
    const outbound = openOutbound(needs({ httpsProxy, lookup: () => Promise.reject(new Error('no DNS here')) }))
    expect(await send(service.createSubscription().endpoint, outbound)).toEqual(accepted)
    const credentials = `Basic ${Buffer.from('user:secret').toString('base64')}`
    expect(asked).toEqual([{ target: new URL(service.origin).host, credentials }])
  })

  it('but straight to those that need none, guarded as ever', async () => {
    const before = asked.length
    const direct = openOutbound(needs({ httpsProxy, noProxy: 'localhost' }))
    expect(await send(service.createSubscription().endpoint, direct)).toEqual(refused)
    expect(asked).toHaveLength(before)
  })
})

it.each([
  ['', 'https://push.example.com', true],
  ['*', 'https://push.example.com', false],
  ['push.example.com', 'https://push.example.com', false],
  ['other.org, Example.COM', 'https://push.example.com', false],
  ['.example.com other.org', 'https://push.example.com', false],
  ['*.example.com', 'https://push.example.com', false],
  ['ample.com', 'https://push.example.com', true],
  ['example.com:443', 'https://push.example.com', false],
  ['example.com:8443', 'https://push.example.com', true],
  ['example.com:8443', 'https://push.example.com:8443', false],
])('NO_PROXY %j: %s proxied is %s', async (noProxy, origin, proxied) => {
  const outbound = openOutbound(needs({ httpsProxy: 'http://proxy.example.org:3128', noProxy }))
  expect(outbound.isProxied(origin)).toBe(proxied)
  await outbound.close()
})
