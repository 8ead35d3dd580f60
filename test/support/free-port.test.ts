import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { freePort } from './free-port.ts'

it('gives a port that can be listened on', async () => {
  const server = createServer()
  const port = await freePort()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  expect(port).toBeGreaterThan(1023)
  await new Promise((resolve) => server.close(resolve))
})
