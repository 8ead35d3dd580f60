import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { connectSyslog } from './connection.ts'

/** Takes connections and reads nothing of them. */
async function deaf() {
  const server = createServer({ pauseOnConnect: true }, (socket) => void sockets.add(socket))
  const sockets = new Set<Socket>()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const clock = new ManualClock()
  const target = new URL(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return {
    clock,
    connection: await connectSyslog(target, clock),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** More than any system keeps for who does not read. */
const MUCH = Buffer.alloc(64 * 1024 * 1024)

it('whoever reads nothing for twenty seconds is no receiver', async () => {
  await using receiver = await deaf()
  const writing = receiver.connection.write(MUCH, new AbortController().signal)
  const fault = expect(writing).rejects.toThrow('the receiver reads nothing')
  await receiver.clock.jump(20_000)
  await fault
  expect(() => receiver.connection.check()).toThrow('the receiver reads nothing')
})

it('and holds up nobody who stops', async () => {
  await using receiver = await deaf()
  const stop = new AbortController()
  const writing = receiver.connection.write(MUCH, stop.signal)
  stop.abort()
  await expect(writing).rejects.toThrow('no longer wanted')
})
