import { fetch, ProxyAgent } from 'undici'
import { expect, it } from 'vitest'
import { startConnectProxy } from './connect-proxy.ts'
import { startTlsServer } from './tls-server.ts'

it('leads a name of the internet to a double, and refuses what it is told to', async () => {
  const names = ['push.example.org']
  const server = await startTlsServer({ names }, async (request, response) => {
    response.end(`${request.headers.host}${request.url}`)
  })
  const target = { host: '127.0.0.1', port: server.port }
  await using proxy = await startConnectProxy({
    to: (authority) => (authority === 'push.example.org:443' ? target : null),
  })
  const dispatcher = new ProxyAgent({ uri: proxy.url, requestTls: { ca: server.ca } })
  expect(await (await fetch('https://push.example.org/x', { dispatcher })).text()).toBe('push.example.org/x')
  await expect(fetch('https://other.example.org/', { dispatcher })).rejects.toThrow()
  expect(proxy.connects).toEqual(['push.example.org:443', 'other.example.org:443'])
  await dispatcher.destroy()
  await server.stop()
})
