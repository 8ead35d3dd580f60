// Connections beyond the bound.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { boundConnections } from './connections.ts'

it('are closed unheard, and it is said once', async () => {
  const said: string[] = []
  const say = (_about: object, message: string) => void said.push(message)
  const server = createServer((socket) => socket.write('hello'))
  boundConnections(server, 1, { clock: systemClock, log: { debug: say, info: say, warn: say, error: say } })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const open = () => connect({ port, host: '127.0.0.1' })
  const first = open()
  expect(String((await once(first, 'data'))[0])).toBe('hello')
  for (const late of [open(), open()]) {
    let heard = ''
    late.on('data', (chunk) => (heard += chunk)).on('error', () => {})
    await new Promise((resolve) => late.once('close', resolve))
    expect(heard).toBe('')
  }
  first.destroy()
  await once(server.close(), 'close')
  expect(said).toEqual(['this server has as many connections as it may: others are closed'])
})
