import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fetch, ProxyAgent } from 'undici'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PrependingProxy } from './prepending-proxy.ts'
import { startPrependingProxy } from './prepending-proxy.ts'

const site = createServer((request, response) => {
  response.setHeader('x-path', request.url ?? '')
  if (request.headers['if-none-match']) return void response.writeHead(304).end()
  if (request.url !== '/events') return void response.end('original')
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('first')
})
let proxy: PrependingProxy
let origin: string
let dispatcher: ProxyAgent

beforeAll(async () => {
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  proxy = await startPrependingProxy({ url: `${origin}/sw.js`, prefix: 'before' })
  const uri = proxy.flags[0]?.replace('--proxy-server=', '') ?? ''
  dispatcher = new ProxyAgent({ uri, proxyTunnel: false })
})
afterAll(async () => {
  await dispatcher.destroy()
  await proxy.stop()
  site.closeAllConnections()
  site.close()
})

it('changes that script alone', async () => {
  const script = await fetch(`${origin}/sw.js`, { dispatcher })
  expect([await script.text(), script.headers.get('x-path')]).toEqual(['before\n;original', '/sw.js'])
  expect(await (await fetch(`${origin}/other.js`, { dispatcher })).text()).toBe('original')
})

it('gives the script anew when what is before it has changed', async () => {
  const ask = () => fetch(`${origin}/sw.js`, { dispatcher, headers: { 'if-none-match': '"1"' } })
  proxy.prefix = 'after'
  const script = await ask()
  expect([script.status, await script.text()]).toEqual([200, 'after\n;original'])
  proxy.prefix = 'before'
})

it('passes a stream on as it comes, and ends it at the server when the reader leaves', async () => {
  const left = Promise.withResolvers<void>()
  site.once('request', (_, response) => response.once('close', left.resolve))
  const leave = new AbortController()
  const events = await fetch(`${origin}/events`, { dispatcher, signal: leave.signal })
  const reader = events.body?.getReader()
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first')
  leave.abort()
  await left.promise
})

it('breaks a stream off where the server does', async () => {
  site.once('request', (_, response) => setImmediate(() => response.destroy()))
  const events = await fetch(`${origin}/events`, { dispatcher })
  await expect(events.text()).rejects.toThrow('terminated')
})

it('cuts the browser off, and lets it back', async () => {
  const events = await fetch(`${origin}/events`, { dispatcher })
  proxy.setConnected(false)
  await expect(events.text()).rejects.toThrow('terminated')
  await expect(fetch(origin, { dispatcher })).rejects.toThrow('fetch failed')
  proxy.setConnected(true)
  expect(await (await fetch(origin, { dispatcher })).text()).toBe('original')
})
